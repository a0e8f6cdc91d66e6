/// What a scan found: how much of a stream a small model could answer by itself.
public struct ScanReport: Sendable, Equatable, Codable {
  /// A small model that has learnt from so many answers.
  public struct Point: Sendable, Equatable, Codable {
    /// How many it learnt from.
    public let learntFrom: Int
    /// How many more answers of the large model that takes, with those that are kept to calibrate on; 0 where they are
    /// there.
    public let moreAnswers: Int
    /// Whether it was drawn on from the points before instead of being measured.
    public let isForecast: Bool
    /// What it could answer, by how often its answers must be the large model's.
    public let shares: [Share]
  }

  /// A parity, and how much of the stream it leaves to a small model.
  public struct Share: Sendable, Equatable, Codable {
    /// At least this share of its answers is what the large model would have said, 0 to 1.
    public let parity: Double
    /// The share of the samples that it could answer, 0 to 1.
    public let share: Double
  }

  /// The task's name.
  public let task: String
  /// How many different inputs with an answer were looked at.
  public let answers: Int
  /// The confidence of what was measured, 0 to 1.
  public let confidence: Double
  /// Fewest answers first.
  public let points: [Point]
  /// What an answer of the large model has cost in the mean, in the currency of its prices; `nil` where none is known.
  public let costPerAnswer: Double?
}

extension ScanReport {
  /// The points as they would go on: each doubling of the answers brings half of what the one before brought.
  /// - Parameter answers: that are there.
  static func forecast(_ measured: [Point], answers: Int, held: Double) -> [Point] {
    guard var before = measured.suffix(2).first, var last = measured.last else { return [] }
    return (0..<2).map { _ in
      let shares = zip(before.shares, last.shares).map { earlier, later in
        Share(parity: later.parity, share: min(1, later.share + max(0, later.share - earlier.share) / 2))
      }
      let learntFrom = last.learntFrom * 2
      let next = Point(
        learntFrom: learntFrom, moreAnswers: moreAnswers(learntFrom, answers: answers, held: held), isForecast: true,
        shares: shares)
      (before, last) = (last, next)
      return next
    }
  }

  /// How many answers are still to come before a model can learn from so many, where a share of all is kept to calibrate
  /// on.
  static func moreAnswers(_ learntFrom: Int, answers: Int, held: Double) -> Int {
    max(0, Int((Double(learntFrom) / (1 - held)).rounded(.up)) - answers)
  }
}
