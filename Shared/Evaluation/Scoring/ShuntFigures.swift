/// The cascade.
public struct ShuntFigures: Sendable, Codable {
  /// On the test rows.
  public var accuracy: Double
  /// The part of the test rows that the large model was asked about.
  public var queryShare: Double
  /// δ.
  public var threshold: Float
  /// Head, medium, tail, where the task has regions.
  public var regions: [String: Score]?
  /// By category, where rows have one.
  public var categories: [String: Score]?

  init(_ samples: [ScoredSample], threshold: Float) {
    let score = Score(samples.map(\.outcome))
    (accuracy, queryShare, self.threshold) = (score.accuracy, score.queryShare, threshold)
    regions = samples.namedScores(by: .region)
    categories = samples.namedScores(by: .category)
  }

  private enum CodingKeys: String, CodingKey {
    case accuracy, threshold, regions, categories
    case queryShare = "query_share"
  }
}
