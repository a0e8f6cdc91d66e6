/// How a cascade did on a set of samples.
public struct Score: Sendable, Equatable, Codable {
  /// How many samples.
  public let count: Int
  /// The mean quality, 0 to 1: for labels the part that is answered rightly.
  public let accuracy: Double
  /// The part that the large model is asked about, 0 to 1.
  public let queryShare: Double

  /// Counts outcomes; all is 0 where there are none.
  public init(_ outcomes: some Collection<CascadeOutcome>) {
    count = outcomes.count
    let total = Double(max(1, outcomes.count))
    accuracy = outcomes.reduce(0) { $0 + Double($1.quality) } / total
    queryShare = Double(outcomes.count { $0.asksLarge }) / total
  }

  private enum CodingKeys: String, CodingKey {
    case count, accuracy
    case queryShare = "query_share"
  }
}
