import Foundation

/// Points of one curve, in the order of their x.
public struct Series: Sendable, Equatable {
  /// What the curve shows, for the legend.
  public let name: String
  /// The points; those that are not finite are left out of pictures.
  public let points: [(x: Double, y: Double)]
  /// How a picture shows it.
  public let style: Style

  /// How a picture shows a curve.
  public enum Style: Sendable {
    /// A line.
    case solid
    /// A dotted line, read at the axis on the right.
    case dotted
    /// A circle at each point.
    case marks
  }

  /// A curve.
  public init(_ name: String, _ points: [(x: Double, y: Double)], style: Style = .solid) {
    self.name = name
    self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
    self.style = style
  }

  /// Equal in name, points and style.
  public static func == (first: Series, second: Series) -> Bool {
    first.name == second.name && first.style == second.style
      && first.points.elementsEqual(second.points) { $0 == $1 }
  }
}

/// An axis from its least to its greatest value, with round marks.
struct Axis: Equatable {
  let lower: Double
  let upper: Double

  /// The span of `values`, widened where they are all the same; 0 to 1 without any.
  init(covering values: [Double]) {
    let least = values.min() ?? 0
    let greatest = values.max() ?? 1
    let isFlat = greatest - least <= abs(greatest) * 1e-9
    lower = isFlat ? least - 0.5 : least
    upper = isFlat ? greatest + 0.5 : greatest
  }

  /// Where `value` lies, 0 at the lower end and 1 at the upper.
  func position(_ value: Double) -> Double { (value - lower) / (upper - lower) }

  /// About `count` round values between the ends: multiples of 1, 2 or 5 of a power of ten.
  func marks(about count: Int) -> [Double] {
    let step = roundStep(about: count)
    let first = (lower / step).rounded(.up)
    let last = ((upper / step) * (1 + 1e-12)).rounded(.down)
    guard last >= first, last - first < 100 else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// A mark's text, with as many decimals as the step between marks needs.
  func text(_ mark: Double, about count: Int) -> String {
    let step = roundStep(about: count)
    let decimals = step >= 1 ? 0 : min(9, Int((-log10(step)).rounded(.up)))
    return NumberText.fixed(mark, decimals: decimals)
  }

  private func roundStep(about count: Int) -> Double {
    let rough = (upper - lower) / Double(max(count, 1))
    let power = pow(10, log10(rough).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
  }
}
