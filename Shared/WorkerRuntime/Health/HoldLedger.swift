/// What holds tasks back, why and since when: a value, which says what the log is to tell.
public struct HoldLedger: Sendable, Equatable {
  /// A task and the kind of thing that holds it back.
  public struct Hold: Sendable, Hashable {
    /// The task's name.
    public let task: String
    /// One of a few words, such as `rate_limit` or `budget`: a metric's label.
    public let cause: String
  }

  /// What the log is to tell.
  public enum Notice: Sendable, Equatable {
    /// The task waits from now on, for this reason.
    case began(Hold, String)
    /// It goes on, after so long.
    case ended(Hold, Duration)
  }

  private struct Entry: Equatable {
    var reason: String
    let since: Duration
    var isTold: Bool
  }

  /// What begins again so soon after it ended is told only once it has lasted for so long: a server that fails now and
  /// then must not fill the log.
  static let settling = Duration.seconds(60)

  private var entries: [Hold: Entry] = [:]
  private var ends: [Hold: Duration] = [:]

  /// Nothing is held.
  public init() {}

  /// Whether a task is held back for a cause.
  func isHeld(_ hold: Hold) -> Bool { entries[hold] != nil }

  /// A task is held back, or still is.
  /// - Parameters:
  ///   - reason: for an operator, with the other side's own words.
  ///   - now: time since any fixed start.
  mutating func hold(_ hold: Hold, because reason: String, at now: Duration) -> Notice? {
    var entry = entries[hold] ?? Entry(reason: reason, since: now, isTold: false)
    defer { entries[hold] = entry }
    entry.reason = reason
    let isAgain = ends[hold].map { entry.since - $0 < Self.settling } ?? false
    guard !entry.isTold, !isAgain || now - entry.since >= Self.settling else { return nil }
    entry.isTold = true
    return .began(hold, reason)
  }

  /// A task is no longer held back for this cause, where it was.
  mutating func release(_ hold: Hold, at now: Duration) -> Notice? {
    guard let entry = entries.removeValue(forKey: hold) else { return nil }
    ends[hold] = now
    return entry.isTold ? .ended(hold, now - entry.since) : nil
  }

  /// One line a hold, sorted.
  var report: [String] {
    entries.map { "task \($0.key.task) waits (\($0.key.cause)): \($0.value.reason)" }.sorted()
  }
}
