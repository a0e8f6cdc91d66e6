import Concurrency
import Foundation
import LargeModelFlow
import Postgres

/// An answer that may be given again. It names labels, for classes may have another order tomorrow.
public enum CachedAnswer: Sendable, Equatable {
  /// A label, what could be answered, and [candidates] probabilities; `nil` where the answer came without.
  case label(String, candidates: [String], probabilities: [Double]?)
  /// A caption, with its confidence, 0 to 1, where that is known.
  case caption(String, confidence: Float?)

  fileprivate init(_ row: Row) throws {
    if let caption: String = try row["caption"] {
      self = .caption(caption, confidence: try row["confidence"])
    } else {
      self = .label(try row["label"], candidates: try row["labels"], probabilities: try row["probabilities"])
    }
  }

  /// Its columns `label`, `labels`, `probabilities`, `caption` and `confidence`.
  fileprivate var parameters: [Parameter] {
    switch self {
    case .label(let label, let candidates, let probabilities):
      [.text(label), .texts(candidates), probabilities.map { .doubles($0) } ?? .null, .null, .null]
    case .caption(let caption, let confidence):
      [.null, .null, .null, .text(caption), confidence.map { .double(Double($0)) } ?? .null]
    }
  }
}

extension LargeModelStore {
  /// The answer to a question that was asked within its time to live.
  public func cachedAnswer(_ key: AnswerKey) async throws -> CachedAnswer? {
    try await connection.retrying(backoff) { session in
      try session.query(
        """
        SELECT label, labels, probabilities, caption, confidence FROM large_model_answers
        WHERE key = $1 AND expires_at > now()
        """, [.bytes(key.bytes)]
      ).first.map(CachedAnswer.init)
    }
  }

  /// Keeps an answer; a later one to the same question replaces it.
  public func cache(
    _ answer: CachedAnswer, for key: AnswerKey, of task: String, timeToLive: Duration
  ) async throws {
    try await connection.retrying(backoff) { session in
      _ = try session.execute(
        """
        INSERT INTO large_model_answers
          (key, task, expires_at, label, labels, probabilities, caption, confidence)
        VALUES ($1, $2, now() + make_interval(secs => $3::float8), $4, $5, $6, $7, $8::float8)
        ON CONFLICT (key) DO UPDATE SET label = excluded.label, labels = excluded.labels,
          probabilities = excluded.probabilities, caption = excluded.caption, confidence = excluded.confidence,
          answered_at = excluded.answered_at, expires_at = excluded.expires_at
        """, [.bytes(key.bytes), .text(task), .double(timeToLive.seconds)] + answer.parameters)
    }
  }

  /// Forgets what is past its time to live.
  /// - Returns: how many answers.
  @discardableResult
  public func deleteExpiredAnswers() async throws -> Int {
    try await connection.execute("DELETE FROM large_model_answers WHERE expires_at <= now()")
  }
}
