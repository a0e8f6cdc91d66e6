import Postgres

extension ResultStore {
  /// The answer to a sample, `nil` where there is none yet.
  public func answer(task: String, id: String) async throws -> ResultRow? {
    try await read("SELECT * FROM results WHERE task = $1 AND id = $2", [.text(task), .text(id)])
      .first.map { try ResultRow($0, isAudit: false) }
  }

  /// The large model's opinion of a sample that a small one has answered.
  public func audit(task: String, id: String) async throws -> ResultRow? {
    try await read("SELECT * FROM audits WHERE task = $1 AND id = $2", [.text(task), .text(id)])
      .first.map { try ResultRow($0, isAudit: true) }
  }

  /// Answers that have a confidence and came with their sample's text, in an order in which none can appear behind the
  /// cursor: what was written by a transaction younger than the oldest one that still runs is left for the next call.
  /// - Parameter limit: at most so many.
  /// - Returns: the answers, and the cursor after the last of them.
  public func teaching(
    task: String, after cursor: AnswerCursor, limit: Int
  ) async throws -> (answers: [ResultRow], cursor: AnswerCursor) {
    let rows = try await read(
      """
      SELECT * FROM results
      WHERE task = $1 AND \(Self.teaches) AND confidence IS NOT NULL
        AND (transaction_id, sequence) > ($2::text::xid8, $3::bigint)
        AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY transaction_id, sequence LIMIT $4::bigint
      """, [.text(task), .text(String(cursor.transaction)), .integer(cursor.sequence), .integer(limit)])
    guard let last = rows.last else { return ([], cursor) }
    return (
      try rows.map { try ResultRow($0, isAudit: false) },
      AnswerCursor(transaction: try last["transaction_id"], sequence: try last["sequence"])
    )
  }

  /// How far a reader has come; the start for a new one.
  public func cursor(of consumer: String) async throws -> AnswerCursor {
    let rows = try await read(
      "SELECT transaction_id, sequence FROM consumers WHERE name = $1", [.text(consumer)])
    guard let row = rows.first else { return AnswerCursor() }
    return AnswerCursor(transaction: try row["transaction_id"], sequence: try row["sequence"])
  }

  /// Keeps how far a reader has come.
  public func save(_ cursor: AnswerCursor, of consumer: String) async throws {
    try await connection.execute(
      """
      INSERT INTO consumers (name, transaction_id, sequence) VALUES ($1, $2::text::xid8, $3)
      ON CONFLICT (name) DO UPDATE
      SET transaction_id = excluded.transaction_id, sequence = excluded.sequence, updated_at = now()
      """, [.text(consumer), .text(String(cursor.transaction)), .integer(cursor.sequence)])
  }
}
