import Foundation
import Postgres

/// A place in the result store's stream of answers, as its cursor says it.
public struct AnswerPosition: Sendable, Hashable {
  /// The transaction that wrote the last answer read.
  public let transaction: Int
  /// The last answer read.
  public let sequence: Int

  /// A place; the default is before the first answer.
  public init(transaction: Int = 0, sequence: Int = 0) {
    self.transaction = transaction
    self.sequence = sequence
  }
}

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
  public let from: AnswerPosition
  /// The last answer that it read, once finished.
  public let to: AnswerPosition?
  /// Samples by source and stage.
  public let counts: [String: Int]
  /// Such as `promoted`, `rejected` or `failed`.
  public let outcome: String?
  /// The version that it made.
  public let candidate: Int?
  /// Why it ended as it did, in words and numbers.
  public let reasons: String?
}

/// How a round ends.
public struct RoundEnd: Sendable, Equatable {
  /// The round's number.
  public var round: Int
  /// The last answer that it read.
  public var to: AnswerPosition
  /// Samples by source and stage.
  public var counts: [String: Int]
  /// Such as `promoted` or `rejected`.
  public var outcome: String
  /// The version that it made.
  public var candidate: Int?
  /// In words and numbers.
  public var reasons: String

  /// An end from plain fields.
  public init(
    round: Int, to: AnswerPosition, counts: [String: Int] = [:], outcome: String, candidate: Int? = nil, reasons: String
  ) {
    self.round = round
    self.to = to
    self.counts = counts
    self.outcome = outcome
    self.candidate = candidate
    self.reasons = reasons
  }
}

/// The right to run a task's rounds: one distiller has it, however many there are. It ends with the distiller's
/// connection.
public struct RoundPermit: Sendable {
  private let lock: AdvisoryLock
  /// Whose rounds.
  public let task: String

  fileprivate init(lock: AdvisoryLock, task: String) {
    self.lock = lock
    self.task = task
  }

  /// Whether the right is still ours; ask before the round's effect.
  public func isHeld() async throws -> Bool { try await lock.isHeld() }

  /// Lets another distiller have it.
  public func release() async { await lock.release() }
}

extension ModelStore {
  /// The right to run a task's rounds, `nil` where another distiller has it.
  public func roundPermit(task: String) async throws -> RoundPermit? {
    let lock = try await AdvisoryLock.tryAcquire("distillation/\(task)", settings)
    return lock.map { RoundPermit(lock: $0, task: task) }
  }

  /// Begins a round after the last finished one's answers. Whoever holds the permit knows that no other round runs: one
  /// that is left as running is forgotten.
  public func beginRound(_ permit: RoundPermit) async throws -> DistillationRound {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.execute(
        """
        UPDATE distillation_rounds SET state = 'abandoned', finished_at = now(), reasons = 'its distiller ended'
        WHERE task = $1 AND state = 'running'
        """, [.text(permit.task)])
      let last = try session.query(
        """
        SELECT to_transaction, to_sequence FROM distillation_rounds
        WHERE task = $1 AND state = 'finished' ORDER BY id DESC LIMIT 1
        """, [.text(permit.task)]
      ).first
      let from = AnswerPosition(
        transaction: try last?["to_transaction"] ?? 0, sequence: try last?["to_sequence"] ?? 0)
      return try DistillationRound(
        session.query(
          """
          INSERT INTO distillation_rounds (task, state, from_transaction, from_sequence)
          VALUES ($1, 'running', $2, $3) RETURNING *
          """, [.text(permit.task), .integer(from.transaction), .integer(from.sequence)]
        ).one())
    }
  }

  /// Ends a round that promotes nothing. `promote` and `move` end one in their own transaction.
  public func finish(_ end: RoundEnd) async throws {
    try await connection.retryingTransaction(backoff: backoff) { try $0.finish(end) }
  }

  /// A task's rounds, newest first.
  public func rounds(task: String, limit: Int = 20) async throws -> [DistillationRound] {
    try await read(
      "SELECT * FROM distillation_rounds WHERE task = $1 ORDER BY id DESC LIMIT $2::bigint",
      [.text(task), .integer(limit)]
    ).map(DistillationRound.init)
  }
}

extension Session {
  /// Ends a running round; one that has ended already stays as it is.
  func finish(_ end: RoundEnd) throws {
    let ended = try execute(
      """
      UPDATE distillation_rounds
      SET state = 'finished', finished_at = now(), to_transaction = $2, to_sequence = $3, counts = $4, outcome = $5,
        candidate = $6, reasons = $7
      WHERE id = $1 AND state = 'running'
      """,
      [
        .integer(end.round), .integer(end.to.transaction), .integer(end.to.sequence),
        try JSONColumn.encode(end.counts), .text(end.outcome), Parameter(end.candidate), .text(end.reasons),
      ])
    guard ended == 1 else {
      let rows = try query("SELECT state FROM distillation_rounds WHERE id = $1", [.integer(end.round)])
      guard let state: String = try rows.first?["state"] else {
        throw ModelStoreError(.unknown, "no round has the number \(end.round)")
      }
      guard state == DistillationRound.State.finished.rawValue else {
        throw ModelStoreError(.state, "round \(end.round) was given up; another distiller has gone on")
      }
      return
    }
  }
}

extension DistillationRound {
  fileprivate init(_ row: Row) throws {
    let (transaction, sequence): (Int?, Int?) = (try row["to_transaction"], try row["to_sequence"])
    let to = transaction.flatMap { transaction in
      sequence.map { AnswerPosition(transaction: transaction, sequence: $0) }
    }
    self.init(
      id: try row["id"], task: try row["task"], state: try Stored.value(row, "state"), startedAt: try row["started_at"],
      finishedAt: try row["finished_at"],
      from: AnswerPosition(transaction: try row["from_transaction"], sequence: try row["from_sequence"]), to: to,
      counts: try JSONColumn.decode(row, "counts"), outcome: try row["outcome"], candidate: try row["candidate"],
      reasons: try row["reasons"])
  }
}
