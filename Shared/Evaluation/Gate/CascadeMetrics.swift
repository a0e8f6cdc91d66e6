import Cascade

/// How a cascade does on samples whose truth is known.
public struct CascadeMetrics: Sendable, Equatable {
  /// How many samples.
  public let samples: Int
  /// What the replies are worth together, with its bootstrap interval: for labels the part that is right, for captions the
  /// corpus' mean BLEU; 0 to 1.
  public let accuracy: Interval
  /// The part that the large model is asked about, 0 to 1.
  public let queryShare: Double
  /// The expected calibration error of the answers' confidences, 0 to 1, over the answers that have one.
  public let calibrationError: Double

  /// Measures a cascade.
  init(_ outcomes: [CascadeOutcome], by quality: CorpusQuality, bootstrap: Bootstrap) {
    samples = outcomes.count
    accuracy = quality.interval(outcomes, bootstrap)
    queryShare = Score(outcomes).queryShare
    let sure = outcomes.compactMap { outcome in outcome.confidence.map { ($0, outcome.quality) } }
    calibrationError = Double(CalibrationError.expected(confidences: sure.map(\.0), qualities: sure.map(\.1)))
  }
}
