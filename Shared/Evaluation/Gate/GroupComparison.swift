import Cascade

/// A candidate beside another cascade on the same samples.
public struct GroupComparison: Sendable, Equatable {
  /// The group.
  public let group: SampleGroup
  /// The candidate's score.
  public let candidate: Score
  /// The other cascade's score.
  public let other: Score
  /// Samples to which the candidate's reply is worse.
  public let losses: Int
  /// Samples to which the candidate's reply is better.
  public let gains: Int

  /// How many samples it has.
  public var samples: Int { candidate.count }
  /// The other's accuracy less the candidate's.
  public var drop: Double { other.accuracy - candidate.accuracy }

  /// Compares two cascades' outcomes of the same samples.
  init(_ group: SampleGroup, candidate: [CascadeOutcome], other: [CascadeOutcome]) {
    self.group = group
    self.candidate = Score(candidate)
    self.other = Score(other)
    losses = zip(candidate, other).count { $0.quality < $1.quality }
    gains = zip(candidate, other).count { $0.quality > $1.quality }
  }

  /// In words and numbers.
  var inWords: String {
    "\(candidate.accuracy.percent) against \(other.accuracy.percent) of \(samples) samples, \(losses) became worse and "
      + "\(gains) better"
  }
}

extension [GroupComparison] {
  /// Those that are worse beyond the margin, and not by chance.
  func worse(_ rule: ValidationGate.Rule) -> [GroupComparison] {
    let large = filter { $0.samples >= rule.groupSamples }
    let tests = large.map { SignTest(losses: $0.losses, gains: $0.gains) }
    return SignTest.significant(tests, alpha: rule.groupAlpha).map { large[$0] }.filter { $0.drop > rule.groupMargin }
  }
}
