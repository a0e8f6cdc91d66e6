import Cascade
import Content
import Postgres

/// What a task's roll-ups count of one answerer.
public struct AnswerSums: Sendable, Equatable {
  /// Samples with an answer.
  public var answers = 0
  /// Of these, with known quality.
  public var truths = 0
  /// Of these, the sum of qualities: of labels how many are right.
  public var quality = 0.0
  /// Answers of which the specific model's quality is known.
  public var specificTruths = 0
  /// Of these, the sum of its qualities.
  public var specificQuality = 0.0

  /// Nothing.
  public init() {}

  fileprivate init(_ row: Row) throws {
    answers = try row["answers"]
    truths = try row["truths"]
    quality = try row["quality"]
    specificTruths = try row["specific_truths"]
    specificQuality = try row["specific_quality"]
  }
}

/// An answer by whom it was given.
public struct GivenAnswer: Sendable, Equatable {
  /// The answer.
  public let reply: Reply
  /// Who gave it.
  public let answeredBy: AnsweredBy
  /// What the large model says of the sample, where it was asked: as the answer, or beside that as an audit.
  public let large: Reply?

  /// An answer.
  public init(reply: Reply, answeredBy: AnsweredBy, large: Reply?) {
    self.reply = reply
    self.answeredBy = answeredBy
    self.large = large
  }
}

extension ResultStore {
  /// A task's sums over all hours by answerer, `audit` among them; no raw row is scanned.
  public func sums(task: String) async throws -> [String: AnswerSums] {
    let rows = try await read(
      """
      SELECT answered_by, sum(answers)::bigint AS answers,
        sum(with_truth + captions_with_truth)::bigint AS truths, sum(correct)::float8 + sum(caption_quality) AS quality,
        sum(specific_with_truth + specific_captions_with_truth)::bigint AS specific_truths,
        sum(specific_correct)::float8 + sum(specific_caption_quality) AS specific_quality
      FROM hourly_results WHERE task = $1 GROUP BY answered_by
      """, [.text(task)])
    return try rows.reduce(into: [:]) { $0[try $1["answered_by"]] = try AnswerSums($1) }
  }

  /// What the large model's answers to a task's samples have cost in the mean, in US dollars; `nil` where nothing was paid.
  public func costOfLargeAnswer(task: String) async throws -> Double? {
    try await read(
      """
      SELECT nullif(sum(cost), 0) / sum(answers)::float8 AS cost FROM hourly_results
      WHERE task = $1 AND answered_by = 'large'
      """, [.text(task)]
    ).one()["cost"]
  }

  /// How many answers all tasks have, audits among them.
  public func answerCount() async throws -> Int {
    try await read("SELECT coalesce(sum(answers), 0)::bigint AS n FROM hourly_results").one()["n"]
  }

  /// The answers to some samples, by id; a sample without one is missing.
  public func answers(task: String, ids: [String]) async throws -> [String: GivenAnswer] {
    let rows = try await read(
      """
      SELECT id, results.label, results.caption, results.answered_by, audits.id IS NOT NULL AS is_audited,
        audits.label AS audit_label, audits.caption AS audit_caption
      FROM results LEFT JOIN audits USING (task, id) WHERE task = $1 AND id = ANY($2::text[])
      """, [.text(task), .texts(ids)])
    return try rows.reduce(into: [:]) { answers, row in
      guard let answerer = AnsweredBy(rawValue: try row["answered_by"]) else { return }
      let reply = try Reply(row)
      answers[try row["id"]] = GivenAnswer(
        reply: reply, answeredBy: answerer, large: answerer == .large ? reply : try Self.audited(row))
    }
  }

  private static func audited(_ row: Row) throws -> Reply? {
    guard try row["is_audited"] else { return nil }
    let caption: String? = try row["audit_caption"]
    return try caption.map(Reply.caption) ?? .label(try row["audit_label"])
  }
}
