import Content
import Postgres

extension ResultStore {
  /// An answer whose truth nobody has told, with the large model's opinion where it was asked as an audit.
  public struct UnlabelledAnswer: Sendable, Equatable {
    /// The answer, with its sample's input.
    public let answer: ResultRow
    /// The large model's label or caption, and its confidence.
    public let audit: (reply: Reply, confidence: Float?)?

    /// Equal in all parts.
    public static func == (left: UnlabelledAnswer, right: UnlabelledAnswer) -> Bool {
      left.answer == right.answer && left.audit?.reply == right.audit?.reply
        && left.audit?.confidence == right.audit?.confidence
    }
  }

  /// The newest answers that came with their sample's input, and whose truth is not known.
  /// - Parameter limit: at most so many.
  public func unlabelled(task: String, limit: Int) async throws -> [UnlabelledAnswer] {
    try await read(
      """
      SELECT answer.*, audits.label AS audit_label, audits.caption AS audit_caption, audits.confidence AS audit_confidence
      FROM (
        SELECT * FROM results
        WHERE task = $1 AND (text IS NOT NULL OR image_data IS NOT NULL OR image_url IS NOT NULL)
          AND true_label IS NULL AND true_captions IS NULL
        ORDER BY transaction_id DESC, sequence DESC LIMIT $2::bigint) AS answer
      LEFT JOIN audits ON audits.task = answer.task AND audits.id = answer.id
      ORDER BY answer.transaction_id DESC, answer.sequence DESC
      """, [.text(task), .integer(limit)]
    ).map { row in
      let (label, caption): (String?, String?) = (try row["audit_label"], try row["audit_caption"])
      let reply = label.map(Reply.label) ?? caption.map(Reply.caption)
      let confidence: Float? = try row["audit_confidence"]
      return UnlabelledAnswer(answer: try ResultRow(row, isAudit: false), audit: reply.map { ($0, confidence) })
    }
  }
}
