import Foundation
import Postgres

extension ResultStore {
  /// What an answer needs so that somebody can learn from it.
  static let teaches = """
    (text IS NOT NULL OR image_data IS NOT NULL OR image_url IS NOT NULL) AND (label IS NOT NULL OR caption IS NOT NULL)
    """

  /// How many answers that can teach, with a confidence, stand after a cursor. None can appear behind it: what was
  /// written by a transaction younger than the oldest one that still runs is counted by a later call.
  public func teachingCount(task: String, after cursor: AnswerCursor) async throws -> Int {
    try await count("\(Self.teaches) AND confidence IS NOT NULL", task: task, after: cursor)
  }

  /// The newest answers that came with their sample's input, oldest of them first, and the cursor after the last. One
  /// without confidence is of use only where the truth is known: to judge by.
  /// - Parameter limit: at most so many.
  public func newestTeaching(
    task: String, limit: Int
  ) async throws -> (answers: [ResultRow], cursor: AnswerCursor) {
    try await newest(
      "\(Self.teaches) AND (confidence IS NOT NULL OR true_label IS NOT NULL OR true_captions IS NOT NULL)", task: task,
      limit: limit)
  }

  /// How many answers of the large model came with their sample's input, and without a confidence.
  public func silentCount(task: String) async throws -> Int {
    try await count(
      "\(Self.teaches) AND answered_by = 'large' AND confidence IS NULL", task: task, after: AnswerCursor())
  }

  /// An answer of the large model to a sample that no small model stood before, as where a task has none yet: together they
  /// are a fair draw of the stream.
  private static let isUnfiltered =
    "answered_by = 'large' AND specific_label IS NULL AND label IS NOT NULL AND \(teaches)"

  /// How many of the large model's answers to all that came stand after a cursor, by the same order as `teaching`.
  public func unfilteredCount(task: String, after cursor: AnswerCursor) async throws -> Int {
    try await count(Self.isUnfiltered, task: task, after: cursor)
  }

  /// The newest of the large model's answers to all that came, oldest of them first, and the cursor after the last. Those
  /// without confidence are among them.
  /// - Parameter limit: at most so many.
  public func newestUnfiltered(
    task: String, limit: Int
  ) async throws -> (answers: [ResultRow], cursor: AnswerCursor) {
    try await newest(Self.isUnfiltered, task: task, limit: limit)
  }

  /// How many answers of a kind stand after a cursor.
  private func count(_ condition: String, task: String, after cursor: AnswerCursor) async throws -> Int {
    try await read(
      """
      SELECT count(*) AS answers FROM results
      WHERE task = $1 AND \(condition)
        AND (transaction_id, sequence) > ($2::text::xid8, $3::bigint)
        AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      """, [.text(task), .text(String(cursor.transaction)), .integer(cursor.sequence)]
    ).one()["answers"]
  }

  /// The newest answers of a kind, oldest of them first, and the cursor after the last.
  private func newest(
    _ condition: String, task: String, limit: Int
  ) async throws -> (answers: [ResultRow], cursor: AnswerCursor) {
    let rows = try await read(
      """
      SELECT * FROM (
        SELECT * FROM results
        WHERE task = $1 AND \(condition) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY transaction_id DESC, sequence DESC LIMIT $2::bigint) AS newest
      ORDER BY transaction_id, sequence
      """, [.text(task), .integer(limit)])
    guard let last = rows.last else { return ([], AnswerCursor()) }
    return (
      try rows.map { try ResultRow($0, isAudit: false) },
      AnswerCursor(transaction: try last["transaction_id"], sequence: try last["sequence"])
    )
  }

  /// Whether each recorded answer of a task is before the oldest transaction that still runs, so that `newestTeaching`
  /// gives it.
  public func isReadable(task: String) async throws -> Bool {
    try await read(
      """
      SELECT coalesce(max(transaction_id) < pg_snapshot_xmin(pg_current_snapshot()), true) AS readable
      FROM results WHERE task = $1
      """, [.text(task)]
    ).one()["readable"]
  }

  /// The newest audits that came with their sample's input, oldest of them first.
  /// - Parameter limit: at most so many.
  public func newestAudits(task: String, limit: Int) async throws -> [ResultRow] {
    try await read(
      """
      SELECT * FROM (
        SELECT * FROM audits WHERE task = $1 AND \(Self.teaches) ORDER BY sequence DESC LIMIT $2::bigint) AS newest
      ORDER BY sequence
      """, [.text(task), .integer(limit)]
    ).map { try ResultRow($0, isAudit: true) }
  }

  /// The part of a task's answers among the newest of all tasks that the large model gave, 0 to 1; 0 without any.
  /// - Parameter newest: so many answers are looked at.
  public func recentQueryShare(task: String, newest: Int) async throws -> Double {
    try await read(
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

  /// What is recorded of the samples that were routed at some moments: how many answers, and what the specific model
  /// said, where that is known.
  /// - Parameter moments: to the millisecond.
  public func opinions(
    task: String, routedAt moments: [Date]
  ) async throws -> (answers: Int, opinions: [SpecificOpinion]) {
    let rows = try await read(
      """
      SELECT coalesce(specific_label, CASE answered_by WHEN 'specific' THEN label END) AS specific,
        coalesce(specific_confidence, confidence) AS confidence, label, answered_at
      FROM \(Self.moments("$2")) JOIN results ON task = $1 AND routed_at = moment
      ORDER BY routed_at, id
      """, [.text(task), Self.milliseconds(moments)])
    return (rows.count, try rows.compactMap { try Self.opinion($0, isAudit: false) })
  }

  /// Moments that are a parameter, as rows `moment`.
  static func moments(_ parameter: String) -> String {
    "(SELECT 'epoch'::timestamptz + m * interval '1 millisecond' AS moment FROM unnest(\(parameter)::bigint[]) AS m) AS moments"
  }

  /// The parameter of `moments`.
  static func milliseconds(_ moments: [Date]) -> Parameter {
    .integers(moments.map { Int(($0.timeIntervalSince1970 * 1000).rounded()) })
  }

  /// `nil` where it is not known what the specific model said.
  static func opinion(_ row: Row, isAudit: Bool) throws -> SpecificOpinion? {
    let (label, confidence): (String?, Float?) = (try row["specific"], try row["confidence"])
    guard let label, let confidence else { return nil }
    return SpecificOpinion(
      specific: SpecificAnswer(label: label, confidence: confidence), large: isAudit ? try row["label"] : nil,
      answeredAt: try row["answered_at"])
  }
}
