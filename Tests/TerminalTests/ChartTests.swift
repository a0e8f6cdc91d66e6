import Foundation
import FoundationXML
import Testing

@testable import Terminal

@Suite struct ChartTests {
  private let curve = Series("shunt", [(0, 0), (0.5, 1), (1, 0)])

  @Test func aLineInBraille() {
    #expect(
      LineChart.render([curve], width: 8, height: 2) == """
        1.000 ┤⠀⠀⡠⠊⠑⢄⠀⠀
        0.000 ┤⡠⠊⠀⠀⠀⠀⠑⢄
               0.000 1.000

        """)
  }

  @Test(arguments: [[], [Series("none", [])], [Series("nan", [(.nan, 1), (1, .infinity)])]])
  func nothingToDraw(series: [Series]) { #expect(LineChart.render(series) == "(no points)\n") }

  @Test(arguments: [[(0.0, 1.0)], [(0, 1), (1, 1)], [(-1e300, -1e300), (1e300, 1e300)]])
  func flatAndExtremeCurvesAreDrawn(points: [(Double, Double)]) {
    let text = LineChart.render([Series("x", points.map { (x: $0.0, y: $0.1) })], width: 10, height: 3)
    #expect(text.split(separator: "\n").count == 4)
    #expect(text.unicodeScalars.contains { (0x2801...0x28ff).contains($0.value) })
  }

  @Test(arguments: [([0, 1, 2, 7], "▁▂▃█"), ([], ""), ([3, 3], "▄▄"), ([.nan, 1, 2], "▁█")])
  func sparklines(values: [Double], text: String) { #expect(LineChart.sparkline(values) == text) }

  /// A "<" is one to XML whatever mark stands behind it.
  @Test func aPicturesTextsAreEscapedByBytes() throws {
    let chart = SVGLineChart(
      title: "<\u{301}b>&\u{308}", xLabel: "x", yLabel: "y", series: [Series("<\u{20DD}", [(0, 0), (1, 1)])])
    #expect(XMLParser(data: Data(chart.render().utf8)).parse())
  }

  @Test func marksAreRound() {
    #expect(
      Axis(covering: [0.03, 0.97]).marks(about: 5).map { NumberText.fixed($0, decimals: 1) } == [
        "0.2", "0.4", "0.6", "0.8",
      ])
    #expect(Axis(covering: [0, 20_000]).marks(about: 5) == [0, 5000, 10_000, 15_000, 20_000])
    #expect(Axis(covering: [0, 20_000]).text(5000, about: 5) == "5000")
    #expect(Axis(covering: [0.1, 0.2]).text(0.12, about: 5) == "0.12")
  }

  @Test func theSVGIsWellFormedAndHoldsEachCurve() throws {
    let chart = SVGLineChart(
      title: "δ & <accuracy>", xLabel: "query share", yLabel: "accuracy",
      series: [curve, Series("long", (0...5000).map { (x: Double($0) / 5000, y: 0.5) })])
    let document = try XMLDocument(xmlString: chart.render())
    let lines = try document.nodes(forXPath: "//*[local-name()='polyline']/@points").compactMap(\.stringValue)
    let texts = try document.nodes(forXPath: "//*[local-name()='text']").compactMap(\.stringValue)
    try #require(lines.count == 2)
    #expect(lines[0] == "70.0,380.0 305.0,50.0 540.0,380.0")
    #expect(lines[1].split(separator: " ").count <= 418)
    #expect(texts.contains("δ & <accuracy>"))
    #expect(chart.render().split(separator: "\n").count < 100)
  }

  /// Dotted curves have the axis on the right, and curves of one name one colour and one line in the legend.
  @Test func dottedCurvesAndMarksStandBesideTheirCurve() throws {
    let chart = SVGLineChart(
      title: "sweep", xLabel: "δ", yLabel: "accuracy", rightLabel: "queries",
      series: [
        Series("a", [(0, 0.8), (1, 0.9)]), Series("a", [(0, 0), (1, 1)], style: .dotted),
        Series("a", [(1, 0.9)], style: .marks), Series("b", [(0, 0.85), (1, 0.85)]),
      ])
    let document = try XMLDocument(xmlString: chart.render())
    func attributes(_ path: String) throws -> [String] {
      try document.nodes(forXPath: path).compactMap(\.stringValue)
    }
    let lines = try attributes("//*[local-name()='polyline']/@points")
    // 0.8 to 0.9 on the left and 0 to 1 on the right both fill the frame.
    #expect(lines[0] == "70.0,380.0 540.0,50.0" && lines[1] == lines[0])
    #expect(lines[2] == "70.0,215.0 540.0,215.0")
    #expect(try attributes("//*[local-name()='circle']/@cy") == ["50.0"])
    #expect(try attributes("//*[local-name()='polyline']/@stroke-dasharray").count == 1)
    let colours = try attributes("//*[local-name()='polyline']/@stroke")
    #expect(colours[0] == colours[1] && colours[0] != colours[2])
    let texts = try attributes("//*[local-name()='text']")
    #expect(texts.count { $0 == "a" } == 1 && texts.contains("queries") && texts.contains("0.2"))
  }
}
