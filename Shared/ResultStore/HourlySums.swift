import Content
import Foundation
import Postgres

/// The sums that analysts' views read, so that no view scans answers: one row an hour, task, category, answerer and
/// model version. They change in the transaction that inserts the answers, by exactly the answers inserted.
struct HourlySums: Equatable {
  struct Key: Hashable {
    let period: Period
    /// Empty where the sample has none.
    var category: StoredText
    /// `specific`, `learnable`, `large` or `audit`.
    let answeredBy: String
    let modelVersion: StoredText
  }

  /// A task's hour.
  struct Period: Hashable {
    /// Hours since 1970, UTC, of the time of the answer.
    let hour: Int
    let task: StoredText
  }

  struct Sums: Equatable {
    var answers = 0
    var degraded = 0
    var withTruth = 0
    var correct = 0
    /// Captions whose quality is known, and the sum of their qualities.
    var captionsWithTruth = 0
    var captionQuality = 0.0
    var specificWithTruth = 0
    var specificCorrect = 0
    var specificAgrees = 0
    /// Over the answers that have one.
    var confidence = 0.0
    var withoutConfidence = 0
    var promptTokens = 0
    var completionTokens = 0
    var cost = 0.0
    var timed = 0
    var seconds = 0.0
  }

  var sums: [Key: Sums] = [:]
  /// Answers whose category was over the cap.
  var other = 0

  init(_ rows: some Sequence<ResultRow>) {
    for row in rows { sums[Key(row), default: Sums()].add(row) }
  }
}

extension HourlySums.Key {
  init(_ row: ResultRow) {
    self.init(
      period: HourlySums.Period(
        hour: Int((row.answeredAt.timeIntervalSince1970 / 3_600).rounded(.down)), task: StoredText(row.task)),
      category: StoredText(row.category ?? ""), answeredBy: row.isAudit ? "audit" : row.answeredBy.rawValue,
      modelVersion: StoredText(row.modelVersion))
  }
}

extension HourlySums.Sums {
  mutating func add(_ row: ResultRow) {
    answers += 1
    if let confidence = row.confidence { self.confidence += Double(confidence) } else { withoutConfidence += 1 }
    if row.isDegraded { degraded += 1 }
    if let quality = row.quality { add(quality, of: row.reply) }
    if let specific = row.specific {
      if specific.label == row.reply.label { specificAgrees += 1 }
      if let truth = row.truth?.label {
        specificWithTruth += 1
        if specific.label == truth { specificCorrect += 1 }
      }
    }
    promptTokens += row.usage?.promptTokens ?? 0
    completionTokens += row.usage?.completionTokens ?? 0
    cost += row.usage?.cost ?? 0
    if let produced = row.producedAt {
      timed += 1
      seconds += row.answeredAt.timeIntervalSince(produced)
    }
  }
}

extension HourlySums.Sums {
  /// Labels are counted apart, so that the sums of recorders that know no captions stay right.
  private mutating func add(_ quality: Quality, of reply: Reply) {
    switch reply {
    case .label:
      withTruth += 1
      if quality == .right { correct += 1 }
    case .caption:
      captionsWithTruth += 1
      captionQuality += Double(quality.value)
    }
  }
}

extension HourlySums.Sums {
  static func += (sums: inout Self, more: Self) {
    sums.answers += more.answers
    sums.degraded += more.degraded
    sums.withTruth += more.withTruth
    sums.correct += more.correct
    sums.captionsWithTruth += more.captionsWithTruth
    sums.captionQuality += more.captionQuality
    sums.specificWithTruth += more.specificWithTruth
    sums.specificCorrect += more.specificCorrect
    sums.specificAgrees += more.specificAgrees
    sums.confidence += more.confidence
    sums.withoutConfidence += more.withoutConfidence
    sums.promptTokens += more.promptTokens
    sums.completionTokens += more.completionTokens
    sums.cost += more.cost
    sums.timed += more.timed
    sums.seconds += more.seconds
  }
}

extension HourlySums {
  /// Adds the sums to the table, of each task's hour no more than so many categories by themselves.
  /// - Returns: how many answers were added under `other`.
  func add(to session: Session, categoriesPerHour: Int) throws -> Int {
    guard !sums.isEmpty else { return 0 }
    let capped = capped(categoriesPerHour, standing: try standingCategories(session))
    try capped.insert(into: session)
    return capped.other
  }

  /// In the keys' order, so that two recorders cannot wait for each other in a circle.
  private func insert(into session: Session) throws {
    let keys = Array(sums.keys)
    let values = Array(sums.values)
    try session.execute(
      Self.statement,
      [
        .integers(keys.map { $0.period.hour * 3_600 }), .texts(keys.map(\.period.task.text)),
        .texts(keys.map(\.category.text)), .texts(keys.map(\.answeredBy)), .texts(keys.map(\.modelVersion.text)),
        .integers(values.map(\.answers)),
        .integers(values.map(\.degraded)), .integers(values.map(\.withTruth)), .integers(values.map(\.correct)),
        .integers(values.map(\.specificWithTruth)), .integers(values.map(\.specificCorrect)),
        .integers(values.map(\.specificAgrees)), .doubles(values.map(\.confidence)),
        .integers(values.map(\.withoutConfidence)),
        .integers(values.map(\.promptTokens)), .integers(values.map(\.completionTokens)),
        .doubles(values.map(\.cost)), .integers(values.map(\.timed)), .doubles(values.map(\.seconds)),
        .integers(values.map(\.captionsWithTruth)), .doubles(values.map(\.captionQuality)),
      ])
  }

  private static let added = [
    "answers", "degraded", "with_truth", "correct", "specific_with_truth", "specific_correct", "specific_agrees",
    "confidence", "without_confidence", "prompt_tokens", "completion_tokens", "cost", "timed", "seconds",
    "captions_with_truth", "caption_quality",
  ]

  private static let statement = """
    INSERT INTO hourly_results (hour, task, category, answered_by, model_version, \(added.joined(separator: ", ")))
    SELECT to_timestamp(s.hour), \((["task", "category", "answered_by", "model_version"] + added)
      .map { "s.\($0)" }.joined(separator: ", "))
    FROM unnest(
      $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
      $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::float8[], $14::bigint[], $15::bigint[],
      $16::bigint[], $17::float8[], $18::bigint[], $19::float8[], $20::bigint[], $21::float8[]
    ) AS s (hour, task, category, answered_by, model_version, \(added.joined(separator: ", ")))
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (hour, task, category, answered_by, model_version) DO UPDATE SET
    \(added.map { "\($0) = hourly_results.\($0) + excluded.\($0)" }.joined(separator: ", "))
    """
}
