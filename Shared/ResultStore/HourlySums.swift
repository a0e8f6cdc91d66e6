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
    /// The specific model's captions whose quality is known, and the sum of their qualities.
    var specificCaptionsWithTruth = 0
    var specificCaptionQuality = 0.0
    /// How well the specific model's captions agree with those that were answered: their quality, 0 to 1 each, were
    /// the answer the truth; summed.
    var specificCaptionAgreement = 0.0
    /// Of these it is not known what the specific model says: there may be none.
    var withoutSpecific = 0
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
    addSpecific(row)
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
  private mutating func addSpecific(_ row: ResultRow) {
    guard let specific = row.specific else { return withoutSpecific += 1 }
    let quality = row.specificQuality
    switch specific.reply {
    case .label:
      if specific.reply == row.reply { specificAgrees += 1 }
      guard let quality else { return }
      specificWithTruth += 1
      if quality == .right { specificCorrect += 1 }
    case .caption:
      if let caption = row.reply.caption, row.answeredBy == .large {
        specificCaptionAgreement += Double(Truth.captions([caption]).quality(of: specific.reply)?.value ?? 0)
      }
      guard let quality else { return }
      specificCaptionsWithTruth += 1
      specificCaptionQuality += Double(quality.value)
    }
  }

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
  /// Adds others, or takes them away.
  /// - Parameter times: 1 or −1.
  mutating func add(_ more: Self, times: Int = 1) {
    answers += times * more.answers
    degraded += times * more.degraded
    withTruth += times * more.withTruth
    correct += times * more.correct
    captionsWithTruth += times * more.captionsWithTruth
    captionQuality += Double(times) * more.captionQuality
    specificWithTruth += times * more.specificWithTruth
    specificCorrect += times * more.specificCorrect
    specificAgrees += times * more.specificAgrees
    specificCaptionsWithTruth += times * more.specificCaptionsWithTruth
    specificCaptionQuality += Double(times) * more.specificCaptionQuality
    specificCaptionAgreement += Double(times) * more.specificCaptionAgreement
    withoutSpecific += times * more.withoutSpecific
    confidence += Double(times) * more.confidence
    withoutConfidence += times * more.withoutConfidence
    promptTokens += times * more.promptTokens
    completionTokens += times * more.completionTokens
    cost += Double(times) * more.cost
    timed += times * more.timed
    seconds += Double(times) * more.seconds
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

  /// The difference of both.
  func less(_ others: HourlySums) -> HourlySums {
    var difference = self
    for (key, sums) in others.sums { difference.sums[key, default: Sums()].add(sums, times: -1) }
    difference.sums = difference.sums.filter { $0.value != Sums() }
    return difference
  }

  /// Adds the sums to hours that stand in the table: those of a category that was over its hour's cap to `other`, and none
  /// to an hour that is no longer kept.
  func correct(_ session: Session) throws {
    guard !sums.isEmpty else { return }
    let rows = Array(sums)
    try session.execute(Self.correction, Self.columns.map { $0.values(rows) })
  }

  /// In the keys' order, so that two recorders cannot wait for each other in a circle.
  private func insert(into session: Session) throws {
    let rows = Array(sums)
    try session.execute(Self.statement, Self.columns.map { $0.values(rows) })
  }

  /// A column of the table, and what it gets of some rows.
  private struct Column: Sendable {
    let name: String
    let type: String
    let values: @Sendable ([(key: Key, value: Sums)]) -> Parameter

    static func text(_ name: String, _ value: @escaping @Sendable (Key) -> String) -> Column {
      Column(name: name, type: "text") { .texts($0.map { value($0.key) }) }
    }

    static func count(_ name: String, _ value: @escaping @Sendable (Sums) -> Int) -> Column {
      Column(name: name, type: "bigint") { .integers($0.map { value($0.value) }) }
    }

    static func sum(_ name: String, _ value: @escaping @Sendable (Sums) -> Double) -> Column {
      Column(name: name, type: "float8") { .doubles($0.map { value($0.value) }) }
    }
  }

  /// The columns that tell rows apart; an hour as seconds since 1970.
  private static let keys = [
    Column(name: "hour", type: "bigint") { .integers($0.map { $0.key.period.hour * 3_600 }) },
    .text("task") { $0.period.task.text }, .text("category") { $0.category.text },
    .text("answered_by") { $0.answeredBy }, .text("model_version") { $0.modelVersion.text },
  ]

  private static let added: [Column] = [
    .count("answers") { $0.answers }, .count("degraded") { $0.degraded }, .count("with_truth") { $0.withTruth },
    .count("correct") { $0.correct }, .count("specific_with_truth") { $0.specificWithTruth },
    .count("specific_correct") { $0.specificCorrect }, .count("specific_agrees") { $0.specificAgrees },
    .sum("confidence") { $0.confidence }, .count("without_confidence") { $0.withoutConfidence },
    .count("prompt_tokens") { $0.promptTokens }, .count("completion_tokens") { $0.completionTokens },
    .sum("cost") { $0.cost }, .count("timed") { $0.timed }, .sum("seconds") { $0.seconds },
    .count("without_specific") { $0.withoutSpecific },
    .count("captions_with_truth") { $0.captionsWithTruth }, .sum("caption_quality") { $0.captionQuality },
    .count("specific_captions_with_truth") { $0.specificCaptionsWithTruth },
    .sum("specific_caption_quality") { $0.specificCaptionQuality },
    .sum("specific_caption_agreement") { $0.specificCaptionAgreement },
  ]

  private static let columns = keys + added

  private static let statement = """
    INSERT INTO hourly_results (\(names(columns)))
    SELECT to_timestamp(s.hour), \(columns.dropFirst().map { "s.\($0.name)" }.joined(separator: ", "))
    FROM \(source)
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (\(names(keys))) DO UPDATE SET
    \(added.map { "\($0.name) = hourly_results.\($0.name) + excluded.\($0.name)" }.joined(separator: ", "))
    """

  private static let correction = """
    WITH wanted AS (
      SELECT to_timestamp(s.hour) AS hour, \(columns.dropFirst().map { "s.\($0.name)" }.joined(separator: ", "))
      FROM \(source)),
    placed AS (
      SELECT w.hour, w.task, CASE WHEN EXISTS (
          SELECT FROM hourly_results AS h WHERE \(keys.map { "h.\($0.name) = w.\($0.name)" }.joined(separator: " AND "))
        ) THEN w.category ELSE '\(other.text)' END AS category, w.answered_by, w.model_version,
        \(added.map { "sum(w.\($0.name))::\($0.type) AS \($0.name)" }.joined(separator: ", "))
      FROM wanted AS w GROUP BY 1, 2, 3, 4, 5)
    UPDATE hourly_results AS h SET \(added.map { "\($0.name) = h.\($0.name) + placed.\($0.name)" }.joined(separator: ", "))
    FROM placed WHERE \(keys.map { "h.\($0.name) = placed.\($0.name)" }.joined(separator: " AND "))
    """

  /// The rows that come as parameters.
  private static let source = """
    unnest(\(columns.enumerated().map { "$\($0 + 1)::\($1.type)[]" }.joined(separator: ", "))) AS s (\(names(columns)))
    """

  private static func names(_ columns: [Column]) -> String { columns.map(\.name).joined(separator: ", ") }
}
