import Cascade
import Foundation
import Postgres

/// What a task's answers are worth, from the views that analysts read.
extension ResultStore {
  /// What one answerer has done, or the audits.
  public struct AnswererWorth: Sendable, Equatable {
    /// `specific`, `learnable`, `intermediate`, `large` or `audit`.
    public let answeredBy: String
    /// Its answers.
    public let answers: Int
    /// Of these, with known truth, and the sum of their qualities.
    public let judged: (count: Int, quality: Double)
    /// The mean of its confidences; `nil` where it gave none.
    public let meanConfidence: Double?
    /// Of the audits of its answers those that are comparable, and those that say the same.
    public let audits: (count: Int, agreeing: Int)
    /// In US dollars.
    public let cost: Double

    /// Equal in all parts.
    public static func == (left: AnswererWorth, right: AnswererWorth) -> Bool {
      left.answeredBy == right.answeredBy && left.answers == right.answers && left.judged == right.judged
        && left.meanConfidence == right.meanConfidence && left.audits == right.audits && left.cost == right.cost
    }
  }

  /// Who has answered a task's samples, and the audits.
  public func worth(task: String) async throws -> [AnswererWorth] {
    try await read("SELECT * FROM worth_by_answerer WHERE task = $1 ORDER BY answered_by", [.text(task)]).map { row in
      AnswererWorth(
        answeredBy: try row["answered_by"], answers: try row["answers"],
        judged: (try row["with_truth"], try row["quality"]), meanConfidence: try row["mean_confidence"],
        audits: (try row["audits"], try row["agreeing"]), cost: try row["cost"])
    }
  }

  /// The pace of a task's stream in the day before its newest answer.
  public struct Pace: Sendable, Equatable {
    /// The first and the newest moment of routing of that time.
    public let from: Date
    /// The newest.
    public let to: Date
    /// Answers in it.
    public let answers: Int
    /// Of these, the large model's.
    public let largeAnswers: Int
    /// What these and the audits cost, in US dollars.
    public let cost: Double
  }

  /// The pace of a task's stream; `nil` where nothing is recorded.
  public func pace(task: String) async throws -> Pace? {
    try await read("SELECT * FROM pace_by_task WHERE task = $1", [.text(task)]).first.map { row in
      Pace(
        from: try row["first_at"], to: try row["newest_at"], answers: try row["answers"],
        largeAnswers: try row["large_answers"], cost: try row["cost"])
    }
  }

  /// A sample of which both the specific and the large model have spoken.
  public struct ComparedAnswer: Sendable, Equatable {
    /// The sample's id.
    public let id: String
    /// Whether a small model's answer stands, and the large one was asked as an audit.
    public let isAudit: Bool
    /// The specific model's confidence, 0 to 1.
    public let confidence: Float
    /// Whether both labels are the same; `nil` for captions.
    public let agrees: Bool?
    /// 0 to 1; `nil` where the truth is not known.
    public let specificQuality: Float?
    /// 0 to 1; `nil` where the truth is not known.
    public let largeQuality: Float?
  }

  /// The newest of a task's samples of which both models have spoken, hard ones and audited ones.
  /// - Parameter limit: of each kind, at most.
  public func compared(task: String, limit: Int) async throws -> [ComparedAnswer] {
    var answers: [ComparedAnswer] = []
    for isAudit in [false, true] {
      answers += try await read(
        """
        SELECT id, specific_confidence, agrees, specific_quality, large_quality FROM compared_answers
        WHERE task = $1 AND is_audit = $2 ORDER BY answered_at DESC LIMIT $3::bigint
        """, [.text(task), .boolean(isAudit), .integer(limit)]
      ).map { row in
        ComparedAnswer(
          id: try row["id"], isAudit: isAudit, confidence: try row["specific_confidence"], agrees: try row["agrees"],
          specificQuality: try row["specific_quality"], largeQuality: try row["large_quality"])
      }
    }
    return answers
  }

  /// How many hard samples of a task the specific model has spoken on.
  public func hardCount(task: String) async throws -> Int {
    try await read(
      """
      SELECT coalesce(sum(answers - without_specific), 0)::bigint AS n FROM hourly_results
      WHERE task = $1 AND answered_by = 'large'
      """, [.text(task)]
    ).one()["n"]
  }
}
