import Cascade
import Postgres

/// What a task's roll-ups count of one answerer.
public struct AnswerSums: Sendable, Equatable {
  /// Samples with an answer.
  public var answers = 0
  /// Of these, with known truth.
  public var truths = 0
  /// Of these, right.
  public var correct = 0
  /// Answers with known truth of which it is known what the specific model said.
  public var specificTruths = 0
  /// Of these, on which it was right.
  public var specificCorrect = 0

  /// Nothing.
  public init() {}

  fileprivate init(_ row: Row) throws {
    answers = try row["answers"]
    truths = try row["truths"]
    correct = try row["correct"]
    specificTruths = try row["specific_truths"]
    specificCorrect = try row["specific_correct"]
  }

  /// Both together.
  public static func + (left: AnswerSums, right: AnswerSums) -> AnswerSums {
    var sum = left
    sum.answers += right.answers
    sum.truths += right.truths
    sum.correct += right.correct
    sum.specificTruths += right.specificTruths
    sum.specificCorrect += right.specificCorrect
    return sum
  }
}

/// An answer by whom it was given.
public struct GivenAnswer: Sendable, Equatable {
  /// One of the task's labels; `nil` for a caption.
  public let label: String?
  /// Who gave it.
  public let answeredBy: AnsweredBy
}

extension ResultStore {
  /// A task's sums over all hours by answerer, `audit` among them; no raw row is scanned.
  public func sums(task: String) async throws -> [String: AnswerSums] {
    let rows = try await read(
      """
      SELECT answered_by, sum(answers)::bigint AS answers, sum(with_truth)::bigint AS truths,
        sum(correct)::bigint AS correct, sum(specific_with_truth)::bigint AS specific_truths,
        sum(specific_correct)::bigint AS specific_correct
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
      "SELECT id, label, answered_by FROM results WHERE task = $1 AND id = ANY($2::text[])",
      [.text(task), .texts(ids)])
    return try rows.reduce(into: [:]) { answers, row in
      guard let answerer = AnsweredBy(rawValue: try row["answered_by"]) else { return }
      answers[try row["id"]] = GivenAnswer(label: try row["label"], answeredBy: answerer)
    }
  }
}
