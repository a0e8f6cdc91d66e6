/// Counts rejected samples by task and reason: a value, which says which reasons strike more than a few samples, for
/// such a reason is hardly the samples' own.
public struct RejectionTally: Sendable, Equatable {
  /// Why samples of a task are rejected.
  public struct Reason: Sendable, Hashable {
    /// The task; `nil` where it could not be read.
    public let task: String?
    /// Equal for equal faults, without what is one sample's own.
    public let text: String
  }

  /// What the log is to tell.
  public enum Notice: Sendable, Equatable {
    /// The reason has struck more than a few samples, so many so far.
    case began(Reason, Int)
    /// It has struck none for `quiet`, so many in all.
    case ended(Reason, Int)
  }

  private struct Entry: Equatable {
    var count = 0
    var last = Duration.zero
  }

  /// No more than so many samples are a few.
  static let few = 3
  /// A reason that strikes nobody for so long is over, and is counted anew.
  static let quiet = Duration.seconds(600)
  /// Reasons that are told apart; producers choose some of their words, so what comes later is counted together.
  static let mostReasons = 100
  private static let longestReason = 200

  private var entries: [Reason: Entry] = [:]
  private var known: Set<Reason> = []

  /// Nothing is rejected yet.
  public init() {}

  /// Counts rejected samples.
  /// - Parameter now: time since any fixed start.
  /// - Returns: the reason that they are counted under, and what the log is to tell.
  mutating func count(
    _ count: Int, of task: String?, because text: String, at now: Duration
  ) -> (reason: Reason, notices: [Notice]) {
    var notices = settle(at: now)
    let reason = told(Reason(task: task.map(Self.short), text: Self.short(text)))
    var entry = entries[reason] ?? Entry()
    let wasFew = entry.count <= Self.few
    entry.count += count
    entry.last = now
    entries[reason] = entry
    if wasFew, entry.count > Self.few { notices.append(.began(reason, entry.count)) }
    return (reason, notices)
  }

  /// Forgets reasons that are over.
  mutating func settle(at now: Duration) -> [Notice] {
    let over = entries.filter { now - $0.value.last >= Self.quiet }
    for reason in over.keys { entries[reason] = nil }
    return over.filter { $0.value.count > Self.few }.map { .ended($0.key, $0.value.count) }
  }

  /// One line a reason that strikes more than a few, sorted.
  var report: [String] {
    entries.filter { $0.value.count > Self.few }.map { "\($0.value.count) samples of \($0.key) were rejected" }.sorted()
  }

  private mutating func told(_ reason: Reason) -> Reason {
    if known.contains(reason) { return reason }
    guard known.count < Self.mostReasons else { return Reason(task: nil, text: "other reasons") }
    known.insert(reason)
    return reason
  }

  /// Cut by bytes, between two characters.
  private static func short(_ text: String) -> String {
    guard text.utf8.count > longestReason else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: longestReason)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return "\(text[..<end])…"
  }
}

extension RejectionTally.Reason: CustomStringConvertible {
  /// As the log and `/readyz` show it.
  public var description: String { (task.map { "task \($0)" } ?? "no readable task") + " (\(text))" }
}
