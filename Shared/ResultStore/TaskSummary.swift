import Cascade
import Postgres

/// A task's figures over all its answers, from the view `accuracy_by_task`.
public struct TaskSummary: Sendable, Equatable {
  /// The task's name.
  public let task: String
  /// Samples answered.
  public let answers: Int
  /// Share of the answers that are the large model's, 0 to 1.
  public let queryShare: Double
  /// 0 to 1, of the answers with known truth; `nil` without any.
  public let accuracy: Double?
  /// The specific model's own accuracy, had it answered all; `nil` without known truth.
  public let specificAccuracy: Double?
}

extension ResultStore {
  /// Every task's figures, by name.
  public func summaries() async throws -> [TaskSummary] {
    try await read("SELECT * FROM accuracy_by_task ORDER BY task").map { row in
      TaskSummary(
        task: try row["task"], answers: try row["answers"], queryShare: try row["query_share"],
        accuracy: try row["accuracy"], specificAccuracy: try row["specific_accuracy"])
    }
  }

  /// How many answers of a task each stage gave.
  public func answersByStage(task: String) async throws -> [AnsweredBy: Int] {
    let rows = try await read(
      "SELECT answered_by, sum(answers)::bigint AS answers FROM accuracy_by_answerer WHERE task = $1 GROUP BY 1",
      [.text(task)])
    var counts: [AnsweredBy: Int] = [:]
    for row in rows {
      if let answerer = AnsweredBy(rawValue: try row["answered_by"]) { counts[answerer] = try row["answers"] }
    }
    return counts
  }
}
