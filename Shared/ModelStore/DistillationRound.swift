import Foundation
import Postgres
import ResultStore

/// One round of the distiller.
public struct DistillationRound: Sendable, Equatable, Identifiable {
  /// Where a round stands.
  public enum State: String, Sendable {
    case running, finished
    /// Its distiller ended without finishing it; what it read is read again.
    case abandoned
  }

  /// The round's number.
  public let id: Int
  /// The task's name.
  public let task: String
  /// Where it stands.
  public let state: State
  /// When it began.
  public let startedAt: Date
  /// When it ended, where it did.
  public let finishedAt: Date?
  /// It reads the answers after this one.
  public let from: AnswerCursor
  /// The last answer that it read, once finished.
  public let to: AnswerCursor?
  /// Samples by source and stage.
  public let counts: [String: Int]
  /// What came of it, once finished.
  public let outcome: RoundOutcome?
  /// The version that it made.
  public let candidate: Int?
  /// Why it ended as it did, in words and numbers.
  public let reasons: String?
}

extension DistillationRound {
  init(_ row: Row) throws {
    let (transaction, sequence): (Int?, Int?) = (try row["to_transaction"], try row["to_sequence"])
    let to = transaction.flatMap { transaction in
      sequence.map { AnswerCursor(transaction: transaction, sequence: $0) }
    }
    self.init(
      id: try row["id"], task: try row["task"], state: try Stored.value(row, "state"), startedAt: try row["started_at"],
      finishedAt: try row["finished_at"],
      from: AnswerCursor(transaction: try row["from_transaction"], sequence: try row["from_sequence"]), to: to,
      counts: try JSONColumn.decode(row, "counts"), outcome: try Stored.optional(row, "outcome"),
      candidate: try row["candidate"],
      reasons: try row["reasons"])
  }
}
