/// One sample, and what a cascade makes of it.
public struct ScoredSample: Sendable, Equatable {
  /// The groups that it belongs to.
  public let groups: [SampleGroup]
  /// What the cascade makes of it.
  public let outcome: CascadeOutcome

  /// A sample's outcome.
  public init(groups: [SampleGroup], outcome: CascadeOutcome) {
    self.groups = groups
    self.outcome = outcome
  }
}

extension Collection where Element == ScoredSample {
  /// A score each group of a kind, by the groups' names; samples without such a group are left out.
  public func scores(by kind: SampleGroup.Kind) -> [String: Score] {
    var groups: [String: [CascadeOutcome]] = [:]
    for sample in self {
      for group in sample.groups where group.kind == kind { groups[group.name, default: []].append(sample.outcome) }
    }
    return groups.mapValues { Score($0) }
  }

  /// The same; `nil` where no sample has such a group.
  package func namedScores(by kind: SampleGroup.Kind) -> [String: Score]? {
    let scores = scores(by: kind)
    return scores.isEmpty ? nil : scores
  }
}
