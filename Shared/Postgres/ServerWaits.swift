import Concurrency
import Logging
import Synchronization

/// Who waits for the server, since when and why. The connections of one process share it, so that an outage is told
/// once when it begins and once when it ends, however many meet it.
public final class ServerWaits: Sendable {
  /// One caller that tries again and again.
  public struct Wait: Sendable, Equatable {
    /// When its first attempt failed.
    public let since: ContinuousClock.Instant
    /// What its last attempt failed with.
    public var reason: String
  }

  private struct State {
    var waits: [Int: Wait] = [:]
    var next = 0
    /// Reasons that were logged since somebody began to wait.
    var told: Set<String> = []
  }

  private let state = Mutex(State())

  /// Nobody waits.
  public init() {}

  /// The wait that has lasted longest; `nil` where nobody waits.
  public var longest: Wait? { state.withLock { $0.waits.values.min { $0.since < $1.since } } }

  /// Notes that an attempt has failed.
  /// - Parameter number: what the caller's first failure returned; `nil` for the first.
  /// - Returns: the wait's number.
  func note(_ error: PostgresError, of number: Int?, _ logger: Logger) -> Int {
    let (number, isNew) = state.withLock { state in
      let number = number ?? state.next
      if number == state.next { state.next += 1 }
      state.waits[number, default: Wait(since: .now, reason: "")].reason = "\(error)"
      return (number, state.told.insert("\(error)").inserted)
    }
    if isNew { logger.warning("\(error); tries again until it passes") }
    return number
  }

  /// Ends a wait.
  /// - Parameter isOver: whether the server has answered; the caller may also have given up.
  func end(_ number: Int?, isOver: Bool, _ logger: Logger) {
    guard let number else { return }
    let ended = state.withLock { state -> Wait? in
      let wait = state.waits.removeValue(forKey: number)
      guard state.waits.isEmpty else { return nil }
      state.told = []
      return wait
    }
    guard let ended, isOver else { return }
    logger.notice("Postgres answers again, after \(ended.since.duration(to: .now).wholeMilliseconds) ms")
  }
}
