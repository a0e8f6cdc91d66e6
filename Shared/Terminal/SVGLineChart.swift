/// A line chart as an SVG file, for reports: several curves, axes with round marks, labels, a legend.
public struct SVGLineChart: Sendable {
  /// Above the chart.
  public var title: String
  /// Below the x axis.
  public var xLabel: String
  /// Beside the y axis.
  public var yLabel: String
  /// The curves.
  public var series: [Series]

  private static let size = (width: 720.0, height: 440.0)
  private static let frame = (left: 70.0, top: 50.0, right: 540.0, bottom: 380.0)
  /// Okabe and Ito's palette (2008), which colour-blind readers tell apart.
  private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
  /// More points than this a curve are thinned out: no screen shows them.
  private static let mostPoints = 400

  /// A chart.
  public init(title: String, xLabel: String, yLabel: String, series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
  }

  /// The file's text.
  public func render() -> String {
    let points = series.flatMap(\.points)
    let (horizontal, vertical) = (Axis(covering: points.map(\.x)), Axis(covering: points.map(\.y)))
    let size = Self.size
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(size.width)) \(number(size.height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      """
    let parts =
      [head] + labels + xMarks(horizontal) + yMarks(vertical)
      + series.enumerated().flatMap { curve($0.element, index: $0.offset, horizontal, vertical) } + ["</svg>"]
    return parts.joined(separator: "\n") + "\n"
  }

  private var labels: [String] {
    let frame = Self.frame
    let middle = (x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2)
    return [
      text(title, x: middle.x, y: 28, "text-anchor=\"middle\" font-size=\"16\""),
      text(xLabel, x: middle.x, y: frame.bottom + 40, "text-anchor=\"middle\""),
      text(yLabel, x: 18, y: middle.y, "text-anchor=\"middle\" transform=\"rotate(-90 18 \(number(middle.y)))\""),
    ]
  }

  private func xMarks(_ axis: Axis) -> [String] {
    let frame = Self.frame
    return axis.marks(about: 6).flatMap { mark in
      let x = self.x(mark, axis)
      return [
        line(x, frame.top, x, frame.bottom),
        text(axis.text(mark, about: 6), x: x, y: frame.bottom + 18, "text-anchor=\"middle\""),
      ]
    }
  }

  private func yMarks(_ axis: Axis) -> [String] {
    let frame = Self.frame
    return axis.marks(about: 6).flatMap { mark in
      let y = self.y(mark, axis)
      return [
        line(frame.left, y, frame.right, y),
        text(axis.text(mark, about: 6), x: frame.left - 8, y: y + 4, "text-anchor=\"end\""),
      ]
    }
  }

  private func curve(_ curve: Series, index: Int, _ horizontal: Axis, _ vertical: Axis) -> [String] {
    let colour = Self.colours[index % Self.colours.count]
    let stride = max(1, curve.points.count / Self.mostPoints)
    let kept = curve.points.enumerated().filter { $0.offset % stride == 0 || $0.offset == curve.points.count - 1 }
    let path = kept.map { "\(number(x($0.element.x, horizontal))),\(number(y($0.element.y, vertical)))" }
      .joined(separator: " ")
    let legend = (x: Self.frame.right + 16, y: Self.frame.top + 10 + Double(index) * 20)
    return [
      "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(path)\"/>",
      "<rect x=\"\(number(legend.x))\" y=\"\(number(legend.y - 9))\" width=\"12\" height=\"10\" fill=\"\(colour)\"/>",
      text(curve.name, x: legend.x + 18, y: legend.y, ""),
    ]
  }

  private func x(_ value: Double, _ axis: Axis) -> Double {
    Self.frame.left + axis.position(value) * (Self.frame.right - Self.frame.left)
  }

  private func y(_ value: Double, _ axis: Axis) -> Double {
    Self.frame.bottom - axis.position(value) * (Self.frame.bottom - Self.frame.top)
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"#ddd\"/>"
  }

  private func text(_ content: String, x: Double, y: Double, _ attributes: String) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" \(attributes)>\(escaped(content))</text>"
  }

  private func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }

  private func escaped(_ text: String) -> String {
    // By bytes: to Swift a "<" with a combining mark behind it is no "<".
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += "&amp;".utf8
      case UInt8(ascii: "<"): bytes += "&lt;".utf8
      case UInt8(ascii: ">"): bytes += "&gt;".utf8
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
