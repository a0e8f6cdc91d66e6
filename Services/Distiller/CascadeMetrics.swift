import Cascade
import Foundation

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

/// A candidate beside another cascade on the same samples, of which `losses` became wrong and `gains` right.
public struct GroupComparison: Sendable, Equatable, Codable {
  /// The group.
  public let group: SampleGroup
  /// How many samples it has.
  public let samples: Int
  /// The candidate's accuracy, 0 to 1.
  public let accuracy: Double
  /// The other cascade's accuracy, 0 to 1.
  public let otherAccuracy: Double
  /// The candidate's query share, 0 to 1.
  public let queryShare: Double
  /// The other cascade's query share, 0 to 1.
  public let otherQueryShare: Double
  /// Samples that only the other cascade answers rightly.
  public let losses: Int
  /// Samples that only the candidate answers rightly.
  public let gains: Int

  /// The other's accuracy less the candidate's.
  public var drop: Double { otherAccuracy - accuracy }

  /// Compares two cascades' outcomes of the same samples.
  init(_ group: SampleGroup, candidate: [CascadeOutcome], other: [CascadeOutcome]) {
    self.group = group
    samples = candidate.count
    let count = Double(max(1, candidate.count))
    accuracy = Double(candidate.count { $0.isRight }) / count
    otherAccuracy = Double(other.count { $0.isRight }) / count
    queryShare = Double(candidate.count { $0.asksLarge }) / count
    otherQueryShare = Double(other.count { $0.asksLarge }) / count
    losses = zip(candidate, other).count { !$0.isRight && $1.isRight }
    gains = zip(candidate, other).count { $0.isRight && !$1.isRight }
  }
}

extension Double {
  /// 0.8142 → `81.4 %`
  var percent: String { String(format: "%.1f %%", self * 100) }

  /// 0.0123 → `+1.2`
  var points: String { String(format: "%+.1f", self * 100) }
}
