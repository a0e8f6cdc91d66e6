import Foundation
import Postgres

extension ResultStore {
  /// How many answers that can teach stand after a cursor, by the same order as `teaching`.
  public func teachingCount(task: String, after cursor: AnswerCursor) async throws -> Int {
    try await connection.query(
      """
      SELECT count(*) AS answers FROM results
      WHERE task = $1 AND text IS NOT NULL AND confidence IS NOT NULL
        AND (transaction_id, sequence) > ($2::text::xid8, $3::bigint)
        AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      """, [.text(task), .text(String(cursor.transaction)), .integer(cursor.sequence)]
    ).one()["answers"]
  }

  /// The newest answers that came with their sample's text, oldest of them first, and the cursor after the last. One
  /// without confidence is of use only where the truth is known: to judge by.
  /// - Parameter limit: at most so many.
  public func newestTeaching(
    task: String, limit: Int
  ) async throws -> (answers: [ResultRow], cursor: AnswerCursor) {
    let rows = try await connection.query(
      """
      SELECT * FROM (
        SELECT * FROM results
        WHERE task = $1 AND text IS NOT NULL AND (confidence IS NOT NULL OR true_label IS NOT NULL)
          AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY transaction_id DESC, sequence DESC LIMIT $2::bigint) AS newest
      ORDER BY transaction_id, sequence
      """, [.text(task), .integer(limit)])
    guard let last = rows.last else { return ([], AnswerCursor()) }
    return (
      try rows.map { try ResultRow($0, isAudit: false) },
      AnswerCursor(transaction: try last["transaction_id"], sequence: try last["sequence"])
    )
  }

  /// The newest audits that came with their sample's text, oldest of them first.
  /// - Parameter limit: at most so many.
  public func newestAudits(task: String, limit: Int) async throws -> [ResultRow] {
    try await connection.query(
      """
      SELECT * FROM (
        SELECT * FROM audits WHERE task = $1 AND text IS NOT NULL ORDER BY sequence DESC LIMIT $2::bigint) AS newest
      ORDER BY sequence
      """, [.text(task), .integer(limit)]
    ).map { try ResultRow($0, isAudit: true) }
  }

  /// The part of a task's answers among the newest of all tasks that the large model gave, 0 to 1; 0 without any.
  /// - Parameter newest: so many answers are looked at.
  public func recentQueryShare(task: String, newest: Int) async throws -> Double {
    try await connection.query(
      """
      SELECT coalesce(avg((answered_by = 'large')::int), 0)::double precision AS share FROM results
      WHERE task = $1 AND sequence > coalesce(
        pg_sequence_last_value(pg_get_serial_sequence('results', 'sequence')::regclass), 0) - $2::bigint
      """, [.text(task), .integer(newest)]
    ).one()["share"]
  }

  /// What the specific model said of a sample, beside the large model's opinion where the sample was audited.
  public struct SpecificOpinion: Sendable, Equatable {
    /// The specific model's answer and confidence.
    public let specific: SpecificAnswer
    /// The large model's answer; `nil` but for audits.
    public let large: String?
    /// When the sample was answered.
    public let answeredAt: Date
  }

  /// What the specific model said of a task's samples among the newest answers of all tasks.
  /// - Parameter newest: so many answers are looked at.
  public func recentOpinions(task: String, newest: Int) async throws -> [SpecificOpinion] {
    try await opinions(task: task, newest: newest, of: .results)
  }

  /// The same of the audits, with the large model's answer beside, where it says how sure it is.
  public func recentAudits(task: String, newest: Int) async throws -> [SpecificOpinion] {
    try await opinions(task: task, newest: newest, of: .audits)
  }

  /// The sequence's last value bounds a range that the block-range index finds without reading the table.
  private func opinions(task: String, newest: Int, of table: ResultTable) async throws -> [SpecificOpinion] {
    try await connection.query(
      """
      SELECT coalesce(specific_label, label) AS specific, coalesce(specific_confidence, confidence) AS confidence,
        label, answered_at
      FROM \(table.rawValue)
      WHERE task = $1 AND (specific_label IS NOT NULL OR answered_by = 'specific')
        \(table.isAudit ? "AND confidence IS NOT NULL" : "")
        AND sequence > coalesce(
          pg_sequence_last_value(pg_get_serial_sequence('\(table.rawValue)', 'sequence')::regclass), 0) - $2::bigint
      ORDER BY sequence
      """, [.text(task), .integer(newest)]
    ).map { row in
      SpecificOpinion(
        specific: SpecificAnswer(label: try row["specific"], confidence: try row["confidence"]),
        large: table.isAudit ? try row["label"] : nil, answeredAt: try row["answered_at"])
    }
  }
}
