import Concurrency
import Foundation
import LargeModelFlow
import Postgres

/// An answer that may be given again. It names labels, for classes may have another order tomorrow.
public struct CachedAnswer: Sendable, Equatable {
  /// The answer.
  public let label: String
  /// What could be answered.
  public let candidates: [String]
  /// [candidates]; `nil` where the answer came without.
  public let probabilities: [Double]?

  /// An answer.
  public init(label: String, candidates: [String], probabilities: [Double]?) {
    self.label = label
    self.candidates = candidates
    self.probabilities = probabilities
  }
}

extension LargeModelStore {
  /// The answer to a question that was asked within its time to live.
  public func cachedAnswer(_ key: AnswerKey) async throws -> CachedAnswer? {
    try await connection.retrying(backoff) { session in
      try session.query(
        "SELECT label, labels, probabilities FROM large_model_answers WHERE key = $1 AND expires_at > now()",
        [.bytes(key.bytes)]
      ).first.map {
        CachedAnswer(label: try $0["label"], candidates: try $0["labels"], probabilities: try $0["probabilities"])
      }
    }
  }

  /// Keeps an answer; a later one to the same question replaces it.
  public func cache(
    _ answer: CachedAnswer, for key: AnswerKey, of task: String, timeToLive: Duration
  ) async throws {
    try await connection.retrying(backoff) { session in
      _ = try session.execute(
        """
        INSERT INTO large_model_answers (key, task, label, labels, probabilities, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6::float8))
        ON CONFLICT (key) DO UPDATE SET label = excluded.label, labels = excluded.labels,
          probabilities = excluded.probabilities, answered_at = excluded.answered_at, expires_at = excluded.expires_at
        """,
        [
          .bytes(key.bytes), .text(task), .text(answer.label), .texts(answer.candidates),
          answer.probabilities.map { .doubles($0) } ?? .null, .double(timeToLive.seconds),
        ])
    }
  }

  /// Forgets what is past its time to live.
  /// - Returns: how many answers.
  @discardableResult
  public func deleteExpiredAnswers() async throws -> Int {
    try await connection.execute("DELETE FROM large_model_answers WHERE expires_at <= now()")
  }
}
