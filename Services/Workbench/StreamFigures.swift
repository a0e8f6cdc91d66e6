import ResultStore

/// A task's figures as the database has them.
public struct StreamFigures: Sendable {
  /// Samples with an answer.
  public let answers: Int
  /// Of these, answered by each.
  public let byAnswerer: [(name: String, count: Int, accuracy: Double?)]
  /// Samples that were rejected.
  public let rejections: Int
  /// The part that the large model would have answered rightly: counted on the hard samples, and on those easy ones
  /// that it was shown as an audit.
  public let largeAccuracy: Double?

  /// Samples whose way has ended.
  public var outcomes: Int { answers + rejections }
  private var byLarge: Int { byAnswerer.first { $0.name == "large" }?.count ?? 0 }

  /// The part of the answers since earlier figures that the large model gave, 0 to 1.
  func queryShare(since before: StreamFigures) -> Double {
    mean(Double(byLarge - before.byLarge), of: answers - before.answers) ?? 0
  }

  /// What the store has of a task.
  static func read(task: String, from store: ResultStore) async throws -> StreamFigures {
    StreamFigures(try await store.sums(task: task), rejections: try await store.rejectionCount())
  }

  private init(_ sums: [String: AnswerSums], rejections: Int) {
    let answered = sums.filter { $0.key != "audit" }
    answers = answered.values.reduce(0) { $0 + $1.answers }
    byAnswerer = answered.sorted { $0.key > $1.key }.map { ($0.key, $0.value.answers, $0.value.accuracy) }
    self.rejections = rejections
    largeAccuracy = Self.largeAccuracy(hard: sums["large"] ?? AnswerSums(), audits: sums["audit"], answers: answers)
  }

  private static func largeAccuracy(hard: AnswerSums, audits: AnswerSums?, answers: Int) -> Double? {
    guard let onEasy = audits?.accuracy, answers > 0 else { return nil }
    let onHard = hard.accuracy ?? 0
    return (onHard * Double(hard.answers) + onEasy * Double(answers - hard.answers)) / Double(answers)
  }
}

extension AnswerSums {
  fileprivate var accuracy: Double? { mean(quality, of: truths) }
}

private func mean(_ sum: Double, of count: Int) -> Double? { count > 0 ? sum / Double(count) : nil }
