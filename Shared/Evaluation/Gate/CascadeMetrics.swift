import Cascade

/// How a cascade does on samples whose truth is known.
public struct CascadeMetrics: Sendable, Equatable {
  /// How many samples.
  public let samples: Int
  /// The mean quality, 0 to 1, with its bootstrap interval: for labels the part that is answered rightly.
  public let accuracy: Interval
  /// The part that the large model is asked about, 0 to 1.
  public let queryShare: Double
  /// The expected calibration error of the answers' confidences, 0 to 1, over the answers that have one.
  public let calibrationError: Double

  /// Measures a cascade.
  public init(_ outcomes: [CascadeOutcome], bootstrap: Bootstrap) {
    samples = outcomes.count
    accuracy = bootstrap.mean(outcomes.map(\.quality))
    queryShare = Score(outcomes).queryShare
    let sure = outcomes.compactMap { outcome in outcome.confidence.map { ($0, outcome.quality) } }
    calibrationError = Double(CalibrationError.expected(confidences: sure.map(\.0), qualities: sure.map(\.1)))
  }
}
