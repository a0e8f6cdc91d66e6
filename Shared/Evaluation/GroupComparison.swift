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
