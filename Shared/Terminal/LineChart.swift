/// A curve in a terminal's characters. Braille cells hold two by four dots each.
public enum LineChart {
  /// The series over one another, with the y axis' ends at the left and the x axis' below.
  /// - Parameters:
  ///   - width: columns of the drawing, without the axis.
  ///   - height: rows of the drawing.
  /// - Returns: `height` + 1 lines, each ended by a line feed. Several curves look alike: say in words which is which.
  public static func render(_ series: [Series], width: Int = 60, height: Int = 12) -> String {
    let (width, height) = (max(width, 8), max(height, 2))
    let points = series.flatMap(\.points)
    guard !points.isEmpty else { return "(no points)\n" }
    let (horizontal, vertical) = (Axis(covering: points.map(\.x)), Axis(covering: points.map(\.y)))
    var canvas = BrailleCanvas(width: width, height: height)
    for curve in series {
      canvas.draw(curve.points.map { (horizontal.position($0.x), vertical.position($0.y)) })
    }
    let ends = [NumberText.fixed(vertical.upper, decimals: 3), NumberText.fixed(vertical.lower, decimals: 3)]
    let margin = ends.map(\.count).max() ?? 0
    let rows = canvas.rows.enumerated().map { index, row in
      let label = index == 0 ? ends[0] : index == height - 1 ? ends[1] : ""
      return String(repeating: " ", count: margin - label.count) + label + " ┤" + row
    }
    let below = [NumberText.fixed(horizontal.lower, decimals: 3), NumberText.fixed(horizontal.upper, decimals: 3)]
    let gap = String(repeating: " ", count: max(1, width - below[0].count - below[1].count))
    let foot = String(repeating: " ", count: margin + 2) + below[0] + gap + below[1]
    return (rows + [foot]).map { $0 + "\n" }.joined()
  }

  /// One row of eight heights; the least value lowest. Empty for no values.
  public static func sparkline(_ values: [Double]) -> String {
    let finite = values.filter(\.isFinite)
    let blocks = Array("▁▂▃▄▅▆▇█")
    guard let least = finite.min(), let greatest = finite.max() else { return "" }
    guard greatest > least else { return String(repeating: blocks[3], count: finite.count) }
    return String(finite.map { blocks[Int((($0 - least) / (greatest - least) * 7).rounded())] })
  }
}

/// Dots in Braille cells (Unicode block 2800): 2 × `width` by 4 × `height`.
private struct BrailleCanvas {
  private let width: Int
  private let height: Int
  private var cells: [UInt32]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = Array(repeating: 0, count: width * height)
  }

  var rows: [String] {
    (0..<height).map { row in
      String(String.UnicodeScalarView((0..<width).compactMap { Unicode.Scalar(0x2800 + cells[row * width + $0]) }))
    }
  }

  /// Joins points, each from 0 to 1 in both directions, y upward.
  mutating func draw(_ points: [(x: Double, y: Double)]) {
    let dots = points.map { point in
      (x: Int(point.x * Double(width * 2 - 1)), y: Int((1 - point.y) * Double(height * 4 - 1)))
    }
    if dots.count == 1 { set(dots[0].x, dots[0].y) }
    for (from, to) in zip(dots, dots.dropFirst()) {
      let steps = max(abs(to.x - from.x), abs(to.y - from.y), 1)
      for step in 0...steps {
        set(from.x + (to.x - from.x) * step / steps, from.y + (to.y - from.y) * step / steps)
      }
    }
  }

  /// Dot numbers by the standard: 1, 2, 3, 7 down the left, 4, 5, 6, 8 down the right.
  private mutating func set(_ x: Int, _ y: Int) {
    let bits: [UInt32] = x % 2 == 0 ? [0x01, 0x02, 0x04, 0x40] : [0x08, 0x10, 0x20, 0x80]
    cells[(y / 4) * width + x / 2] |= bits[y % 4]
  }
}
