import Evaluation
/// What the running system reaches on the test rows after rounds of distillation.
public struct DistilledFigures: Sendable, Codable {
  /// One round on the way.
  public struct Round: Sendable, Codable {
    /// How many samples were streamed since the round before.
    public var samples: Int
    /// The part of them that the large model was asked about, before this round.
    public var queryShare: Double
    /// What came of the round, in words and numbers.
    public var outcome: String

    /// A round.
    public init(samples: Int, queryShare: Double, outcome: String) {
      self.samples = samples
      self.queryShare = queryShare
      self.outcome = outcome
    }

    private enum CodingKeys: String, CodingKey {
      case samples, outcome
      case queryShare = "query_share"
    }
  }

  /// On the test rows, 0 to 1.
  public var accuracy: Double
  /// The part of the test rows that the large model was asked about.
  public var queryShare: Double
  /// How many rounds there were.
  public var rounds: Int
  /// By region, where the task has regions.
  public var regions: [String: Score]?
  /// The rounds, in order.
  public var history: [Round]

  /// Figures as measured.
  public init(accuracy: Double, queryShare: Double, rounds: Int, regions: [String: Score]?, history: [Round]) {
    self.accuracy = accuracy
    self.queryShare = queryShare
    self.rounds = rounds
    self.regions = regions
    self.history = history
  }

  private enum CodingKeys: String, CodingKey {
    case accuracy, rounds, regions, history
    case queryShare = "query_share"
  }
}
