/// What was sent, against what stands in the database.
struct SoakVerdict: Sendable {
  /// Something that is not as it must be.
  struct Fault: Sendable, Hashable {
    /// What is wrong, the same for all of its kind.
    let kind: String
    /// The message.
    let message: String
  }

  private(set) var faults: [Fault] = []
  /// Good samples with their one row.
  private(set) var answered = 0
  /// By who answered them.
  private(set) var answeredBy: [String: Int] = [:]
  /// Odd messages with the outcome that they must have.
  private(set) var oddAsExpected = 0

  private let found: SoakFindings
  /// Rejections by the id that their message carries.
  private let rejectionsByID: [String: [SoakFindings.Rejection]]
  /// Rows of odd messages by the id that theirs carries: some have more in them.
  private let oddAnswers: [String: Int]

  /// - Parameters:
  ///   - samples: good ones that were sent, by number.
  ///   - odd: odd messages that were sent, with the number in their id.
  init(samples: Range<Int>, odd: [(message: OddMessage, number: Int)], found: SoakFindings) {
    self.found = found
    rejectionsByID = found.rejections.reduce(into: [:]) { rejections, row in
      if let id = Self.id(in: row) { rejections[id, default: []].append(row) }
    }
    oddAnswers = found.answers.reduce(into: [:]) { counts, row in
      guard row.key.hasPrefix("odd-"), let id = SoakID.first(in: Array(row.key.utf8)) else { return }
      counts[id, default: 0] += row.value.count
    }
    for number in samples { judge(sample: number) }
    for (message, number) in odd where message.name != SoakID.tombstone { judge(message, number) }
    judgeTombstones(odd.count { $0.message.name == SoakID.tombstone })
  }

  private static func id(in row: SoakFindings.Rejection) -> String? {
    row.head.flatMap { SoakID.first(in: $0) } ?? row.id.flatMap { SoakID.first(in: Array($0.utf8)) }
  }

  private mutating func judge(sample number: Int) {
    let id = SoakID.sample(number)
    if let rejection = rejectionsByID[id]?.first {
      return add("a good sample is rejected: \(Self.kind(of: rejection.reason))", id)
    }
    let answers = found.answers[id] ?? []
    guard let answer = answers.first else { return add("a good sample has no row", id) }
    guard answers.count == 1 else { return add("a good sample has \(answers.count) rows", id) }
    answered += 1
    answeredBy[answer.answeredBy, default: 0] += 1
    // Only the large model can know a hard one's label.
    if answer.answeredBy == "large" || !SoakTask.isHard(number), answer.label != SoakTask.label(number) {
      add("a wrong answer by \(answer.answeredBy)", "\(id): \(answer.label) for \(SoakTask.label(number))")
    }
  }

  private mutating func judge(_ message: OddMessage, _ number: Int) {
    let id = SoakID.odd(number)
    let rejections = rejectionsByID[id] ?? []
    let answers = oddAnswers[id] ?? 0
    let label = "\(message.name): "
    switch message.outcome {
    case .answered where answers == 0:
      return add(label + (rejections.first.map { "rejected, \($0.reason)" } ?? "has no row"), id)
    case .rejected where rejections.isEmpty: return add(label + "has no rejection", id)
    case .rejected(let words):
      if let wrong = rejections.first(where: { row in !words.contains { $0.isEmpty || row.reason.contains($0) } }) {
        return add(label + "rejected for another reason, \(wrong.reason)", id)
      }
    case .either where answers == 0 && rejections.isEmpty: return add(label + "is lost", id)
    default: break
    }
    if answers > 0 && !rejections.isEmpty { return add(label + "has a row and a rejection", id) }
    oddAsExpected += 1
  }

  /// A tombstone carries nothing, so they are counted.
  private mutating func judgeTombstones(_ sent: Int) {
    let found = self.found.rejections.count { $0.isTombstone }
    guard found >= sent else { return add("tombstones without a rejection", "\(sent - found) of \(sent)") }
    oddAsExpected += sent
  }

  private mutating func add(_ kind: String, _ message: String) {
    faults.append(Fault(kind: kind, message: message))
  }

  /// A reason's beginning, without what differs from sample to sample.
  private static func kind(of reason: String) -> String {
    String(reason.prefix(160).map { $0.isNumber ? "…" : $0 })
  }
}

/// Ids of a soak's messages. They end with a letter, so that none is the beginning of another.
enum SoakID {
  /// The odd message that has no bytes to carry an id.
  static let tombstone = "a tombstone"

  static func sample(_ number: Int) -> String { "good-\(number)g" }
  static func odd(_ number: Int) -> String { "odd-\(number)o" }

  /// The first id in a message's bytes, which may be UTF-16.
  static func first(in bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
    return text.firstMatch(of: /good-[0-9]+g|odd-[0-9]+o/).map { String($0.0) }
  }
}
