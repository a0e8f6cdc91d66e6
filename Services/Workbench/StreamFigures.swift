import Postgres

/// A task's figures as the database has them.
public struct StreamFigures: Sendable {
  /// Samples with an answer.
  public let answers: Int
  /// Of these, answered by each.
  public let byAnswerer: [(name: String, count: Int, accuracy: Double?)]
  /// Samples that were rejected.
  public let rejections: Int
  /// The part of the answers that is right, 0 to 1.
  public let shuntAccuracy: Double?
  /// The part that S1 would have answered rightly by itself.
  public let smallAccuracy: Double?
  /// The part that the large model would have answered rightly: counted on the hard samples, and on those easy ones
  /// that it was shown as an audit.
  public let largeAccuracy: Double?

  /// Samples whose way has ended.
  public var outcomes: Int { answers + rejections }
  /// The part of the answers that the large model gave, 0 to 1.
  public var queryShare: Double { share(byLarge, answers) ?? 0 }
  private var byLarge: Int { byAnswerer.first { $0.name == "large" }?.count ?? 0 }

  /// The same of the answers since earlier figures.
  func queryShare(since before: StreamFigures) -> Double {
    share(byLarge - before.byLarge, answers - before.answers) ?? 0
  }

  /// Reads the roll-ups; no raw row is scanned.
  static func read(task: String, from connection: Connection) async throws -> StreamFigures {
    let rows = try await connection.query(
      """
      SELECT answered_by, sum(answers)::bigint AS answers, sum(with_truth)::bigint AS truths,
        sum(correct)::bigint AS correct, sum(specific_with_truth)::bigint AS specific_truths,
        sum(specific_correct)::bigint AS specific_correct
      FROM hourly_results WHERE task = $1 GROUP BY answered_by ORDER BY answered_by
      """, [.text(task)])
    let rejections: Int = try await connection.query("SELECT count(*) AS n FROM rejections").one()["n"]
    var sums: [String: Sums] = [:]
    for row in rows { sums[try row["answered_by"]] = try Sums(row) }
    return StreamFigures(sums, rejections: rejections)
  }

  private init(_ sums: [String: Sums], rejections: Int) {
    let answered = sums.filter { $0.key != "audit" }
    answers = answered.values.reduce(0) { $0 + $1.answers }
    byAnswerer = answered.sorted { $0.key > $1.key }.map { ($0.key, $0.value.answers, $0.value.accuracy) }
    self.rejections = rejections
    let total = answered.values.reduce(Sums()) { $0 + $1 }
    shuntAccuracy = total.accuracy
    smallAccuracy = share(total.specificCorrect, total.specificTruths)
    largeAccuracy = Self.largeAccuracy(hard: sums["large"] ?? Sums(), audits: sums["audit"], answers: answers)
  }

  private static func largeAccuracy(hard: Sums, audits: Sums?, answers: Int) -> Double? {
    guard let onEasy = audits?.accuracy, answers > 0 else { return nil }
    let onHard = hard.accuracy ?? 0
    return (onHard * Double(hard.answers) + onEasy * Double(answers - hard.answers)) / Double(answers)
  }
}

/// One group of the roll-ups.
private struct Sums {
  var answers = 0
  var truths = 0
  var correct = 0
  var specificTruths = 0
  var specificCorrect = 0

  init() {}

  init(_ row: Row) throws {
    answers = try row["answers"]
    truths = try row["truths"]
    correct = try row["correct"]
    specificTruths = try row["specific_truths"]
    specificCorrect = try row["specific_correct"]
  }

  var accuracy: Double? { share(correct, truths) }

  static func + (left: Sums, right: Sums) -> Sums {
    var sum = left
    sum.answers += right.answers
    sum.truths += right.truths
    sum.correct += right.correct
    sum.specificTruths += right.specificTruths
    sum.specificCorrect += right.specificCorrect
    return sum
  }
}

private func share(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
