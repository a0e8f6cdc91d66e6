/// How a cascade did on a group of samples.
public struct Score: Sendable, Equatable, Codable {
  /// How many samples.
  public let count: Int
  /// The part that was answered rightly, 0 to 1.
  public let accuracy: Double
  /// The part that the large model was asked about, 0 to 1.
  public let queryShare: Double

  /// Counts outcomes.
  public init(_ outcomes: some Collection<ScoredSample>) {
    count = outcomes.count
    let total = Double(max(1, outcomes.count))
    accuracy = Double(outcomes.count { $0.isRight }) / total
    queryShare = Double(outcomes.count { $0.askedLarge }) / total
  }

  private enum CodingKeys: String, CodingKey {
    case count, accuracy
    case queryShare = "query_share"
  }
}

/// One scored sample.
public struct ScoredSample: Sendable, Equatable {
  /// Whether the answer is the true label.
  public let isRight: Bool
  /// Whether the large model was asked.
  public let askedLarge: Bool
  /// Head, medium or tail, where the task has regions.
  public let region: String?
  /// The sample's category.
  public let category: String?

  /// A sample's outcome.
  public init(isRight: Bool, askedLarge: Bool, region: String?, category: String?) {
    self.isRight = isRight
    self.askedLarge = askedLarge
    self.region = region
    self.category = category
  }
}

extension Collection where Element == ScoredSample {
  /// A score a group, by what `key` gives; samples without are left out.
  public func scores(by key: (ScoredSample) -> String?) -> [String: Score] {
    var groups: [String: [ScoredSample]] = [:]
    for sample in self {
      if let name = key(sample) { groups[name, default: []].append(sample) }
    }
    return groups.mapValues { Score($0) }
  }
}
