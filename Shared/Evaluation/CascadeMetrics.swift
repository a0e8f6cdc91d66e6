import Cascade

/// How a cascade does on samples whose label is known.
public struct CascadeMetrics: Sendable, Equatable, Codable {
  /// How many samples.
  public let samples: Int
  /// The part that is answered rightly, 0 to 1, with its bootstrap interval.
  public let accuracy: Interval
  /// The part that the large model is asked, 0 to 1.
  public let queryShare: Double
  /// The expected calibration error of the answers' confidences, 0 to 1, over the answers that have one.
  public let calibrationError: Double

  /// Measures a cascade.
  public init(_ outcomes: [CascadeOutcome], bootstrap: Bootstrap) {
    samples = outcomes.count
    accuracy = bootstrap.mean(outcomes.map { $0.isRight ? 1 : 0 })
    queryShare = Double(outcomes.count { $0.asksLarge }) / Double(max(1, outcomes.count))
    let sure = outcomes.compactMap { outcome in outcome.confidence.map { ($0, outcome.isRight) } }
    calibrationError = Double(CalibrationError.expected(confidences: sure.map(\.0), areRight: sure.map(\.1)))
  }
}
