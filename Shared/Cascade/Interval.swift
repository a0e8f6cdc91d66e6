/// A figure measured on samples, and where it would lie on another draw of them.
public struct Interval: Sendable, Equatable, Codable {
  /// The figure on the samples at hand.
  public let estimate: Double
  /// The interval's lower end.
  public let lower: Double
  /// The interval's upper end.
  public let upper: Double

  /// A figure with its interval.
  public init(estimate: Double, lower: Double, upper: Double) {
    self.estimate = estimate
    self.lower = lower
    self.upper = upper
  }
}
