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
}
