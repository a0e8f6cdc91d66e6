/// What a threshold rule promises of a stage's easy answers while it runs: with a confidence of 1 − `alpha`, at most the
/// share `error` of them is not as it is to be.
public struct Promise: Sendable, Equatable {
  /// What the answers are held against.
  public enum Measure: String, Sendable {
    /// What the large model says of the same samples.
    case parity
    /// What is true, where the stream's producer knows it.
    case truth
  }

  /// What answers are held against.
  public let measure: Measure
  /// ε, between 0 and 1.
  public let error: Double
  /// α, between 0 and 1.
  public let alpha: Double

  /// A promise about a measure.
  public init(_ measure: Measure, error: Double, alpha: Double) {
    (self.measure, self.error, self.alpha) = (measure, error, alpha)
  }

  /// The share of the answers that is to be right, between 0 and 1.
  public var target: Double { 1 - error }
}

extension ThresholdRule {
  /// What the rule promises; `nil` for rules that choose by held-out samples alone.
  public var promise: Promise? {
    switch self {
    case .bestAccuracy, .nearBest, .queryBudget, .accuracyFloor: nil
    case .riskControlled(let error, let alpha):
      Promise(.truth, error: Self.decimal(error), alpha: Self.decimal(alpha))
    case .parity(let target, let confidence):
      Promise(.parity, error: 1 - Self.decimal(target), alpha: 1 - Self.decimal(confidence))
    }
  }

  /// What people wrote, 0.95 and not 0.949999988.
  private static func decimal(_ value: Float) -> Double { (Double(value) * 1e6).rounded() / 1e6 }
}
