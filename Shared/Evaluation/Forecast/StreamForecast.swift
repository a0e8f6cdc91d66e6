import Cascade
import LargeModel

/// What streaming rows through a task is taken to need, judged by some of them.
public struct StreamForecast: Sendable, Equatable, Codable {
  /// Rows in all.
  public let rows: Int
  /// Rows that were looked at.
  public let sampled: Int
  /// The part of all that the models cannot read, and that are rejected, 0 to 1.
  public let unreadableShare: Double
  /// The part of all rows that the small models are unsure of, with its 95 % interval; of a task without a small model
  /// every row that can be read.
  public let hardShare: Interval
  /// The shunt: the large model is asked about hard rows.
  public let shunt: AskingForecast
  /// The large model asked about every row that can be read.
  public let alone: AskingForecast

  /// What some rows of a stream showed.
  public struct Looked: Sendable, Equatable {
    /// Rows that were looked at.
    public var count = 0
    /// Those that the models cannot read.
    public var unreadable = 0
    /// Those that small models are unsure of.
    public var hard = 0
    /// What asking about the hard ones takes.
    public var hardQuestions = QuestionEstimate()
    /// What asking about all that can be read takes.
    public var allQuestions = QuestionEstimate()

    /// Nothing yet.
    public init() {}

    /// Adds what others showed.
    public mutating func add(_ other: Looked) {
      count += other.count
      unreadable += other.unreadable
      hard += other.hard
      hardQuestions = hardQuestions + other.hardQuestions
      allQuestions = allQuestions + other.allQuestions
    }
  }

  /// - Parameters:
  ///   - rows: how many there are.
  ///   - looked: what was seen of those that were drawn.
  public init(rows: Int, looked: Looked, traits: LargeModelTraits) {
    (self.rows, sampled) = (rows, looked.count)
    let times = looked.count > 0 ? Double(rows) / Double(looked.count) : 0
    unreadableShare = looked.count > 0 ? Double(looked.unreadable) / Double(looked.count) : 0
    hardShare = Self.share(looked.hard, of: looked.count, isAll: looked.count == rows)
    let widened = hardShare.estimate > 0 ? hardShare.upper / hardShare.estimate : 1
    shunt = AskingForecast(
      looked.hardQuestions, count: looked.hard, times: times, atMost: times * widened, traits: traits)
    alone = AskingForecast(
      looked.allQuestions, count: looked.count - looked.unreadable, times: times, traits: traits)
  }

  /// A share with its interval; where all were looked at there is nothing to doubt.
  private static func share(_ hits: Int, of count: Int, isAll: Bool) -> Interval {
    guard let share = Interval.binomial(Double(hits), of: count) else {
      return Interval(estimate: 0, lower: 0, upper: 0)
    }
    return isAll ? Interval(estimate: share.estimate, lower: share.estimate, upper: share.estimate) : share
  }
}
