/// A line chart as an SVG file, for reports: several curves, axes with round marks, labels, a legend. Curves of one name
/// have one colour and one line in the legend.
public struct SVGLineChart: Sendable {
  /// Above the chart.
  public var title: String
  /// Below the x axis.
  public var xLabel: String
  /// Beside the y axis.
  public var yLabel: String
  /// Beside the y axis on the right, which dotted curves have.
  public var rightLabel: String?
  /// The curves.
  public var series: [Series]

  private static let size = (width: 720.0, height: 440.0)
  private static let frame = (left: 70.0, top: 50.0, right: 540.0, bottom: 380.0)
  /// Okabe and Ito's palette (2008), which colour-blind readers tell apart.
  private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
  /// More points than this a curve are thinned out: no screen shows them.
  private static let mostPoints = 400

  /// A chart.
  public init(title: String, xLabel: String, yLabel: String, rightLabel: String? = nil, series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.rightLabel = rightLabel
    self.series = series
  }

  /// The file's text.
  public func render() -> String {
    let horizontal = Axis(covering: series.flatMap(\.points).map(\.x))
    let left = Axis(covering: series.filter { $0.style != .dotted }.flatMap(\.points).map(\.y))
    let dotted = series.filter { $0.style == .dotted }
    let right = Axis(covering: dotted.flatMap(\.points).map(\.y))
    let size = Self.size
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(size.width)) \(number(size.height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      """
    let parts =
      [head] + labels + xMarks(horizontal) + yMarks(left) + (dotted.isEmpty ? [] : rightMarks(right))
      + series.flatMap { curve($0, horizontal, $0.style == .dotted ? right : left) }
      + names.enumerated().flatMap { legend($0.element, index: $0.offset) } + ["</svg>"]
    return parts.joined(separator: "\n") + "\n"
  }

  private var labels: [String] {
    let frame = Self.frame
    let middle = (x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2)
    return [
      text(title, x: middle.x, y: 28, "text-anchor=\"middle\" font-size=\"16\""),
      text(xLabel, x: middle.x, y: frame.bottom + 40, "text-anchor=\"middle\""),
      beside(yLabel, x: 18),
    ] + (rightLabel.map { [beside($0, x: frame.right + 44)] } ?? [])
  }

  private func beside(_ label: String, x: Double) -> String {
    let y = (Self.frame.top + Self.frame.bottom) / 2
    let turned = "transform=\"rotate(-90 \(number(x)) \(number(y)))\""
    return text(label, x: x, y: y, "text-anchor=\"middle\" \(turned)")
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

  private func rightMarks(_ axis: Axis) -> [String] {
    axis.marks(about: 6).map { mark in
      text(axis.text(mark, about: 6), x: Self.frame.right + 8, y: y(mark, axis) + 4, "")
    }
  }

  /// Of the curves, each once, in their order.
  private var names: [String] {
    series.reduce(into: []) { names, curve in if !names.contains(curve.name) { names.append(curve.name) } }
  }

  private func colour(_ name: String) -> String {
    Self.colours[(names.firstIndex(of: name) ?? 0) % Self.colours.count]
  }

  private func curve(_ curve: Series, _ horizontal: Axis, _ vertical: Axis) -> [String] {
    let colour = colour(curve.name)
    let stride = max(1, curve.points.count / Self.mostPoints)
    let kept = curve.points.enumerated().filter { $0.offset % stride == 0 || $0.offset == curve.points.count - 1 }
      .map { (x: number(x($0.element.x, horizontal)), y: number(y($0.element.y, vertical))) }
    guard curve.style != .marks else {
      return kept.map {
        "<circle cx=\"\($0.x)\" cy=\"\($0.y)\" r=\"4\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.5\"/>"
      }
    }
    let path = kept.map { "\($0.x),\($0.y)" }.joined(separator: " ")
    let dots = curve.style == .dotted ? " stroke-dasharray=\"2 4\"" : ""
    return ["<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"\(dots) points=\"\(path)\"/>"]
  }

  private func legend(_ name: String, index: Int) -> [String] {
    let (x, y) = (Self.frame.right + (rightLabel == nil ? 16 : 62), Self.frame.top + 10 + Double(index) * 20)
    return [
      "<rect x=\"\(number(x))\" y=\"\(number(y - 9))\" width=\"12\" height=\"10\" fill=\"\(colour(name))\"/>",
      text(name, x: x + 18, y: y, ""),
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
    "<text x=\"\(number(x))\" y=\"\(number(y))\" \(attributes)>\(Markup.escaped(content))</text>"
  }

  private func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }
}
