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

  /// What is expected of a task.
  public init(task: String, answers: Int, queryShare: Double, accuracy: Double?, specificAccuracy: Double?) {
    (self.task, self.answers, self.queryShare) = (task, answers, queryShare)
    (self.accuracy, self.specificAccuracy) = (accuracy, specificAccuracy)
  }
}

extension Connection {
  /// Every task's figures, by name, as an analyst reads them.
  public func summaries() async throws -> [TaskSummary] {
    try await query("SELECT * FROM accuracy_by_task ORDER BY task").map { row in
      TaskSummary(
        task: try row["task"], answers: try row["answers"], queryShare: try row["query_share"],
        accuracy: try row["accuracy"], specificAccuracy: try row["specific_accuracy"])
    }
  }
}
