import Synchronization

/// A clock that stands still until a test turns it, and tells the test who sleeps.
public final class ManualClock: Clock, Sendable {
  /// Time since the clock was made.
  public struct Instant: InstantProtocol {
    /// Since the clock was made.
    public let offset: Duration

    /// Later by a duration.
    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    /// From here to another.
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    /// The earlier is the smaller.
    public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    let id: Int
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct Watcher {
    let range: ClosedRange<Duration>
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [Sleeper] = []
    var watchers: [Watcher] = []
    var nextID = 0

    func isSleeping(in range: ClosedRange<Duration>) -> Bool {
      sleepers.contains { range.contains(now.duration(to: $0.deadline)) }
    }
  }

  private let state = Mutex(State())

  /// A clock that stands at 0.
  public init() {}

  /// Where it stands.
  public var now: Instant { state.withLock { $0.now } }
  /// It never reads a time between.
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// Sleeps until the clock is turned that far.
  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let (isOver, seen) = state.withLock { state -> (Bool, [Watcher]) in
          guard deadline > state.now, !Task.isCancelled else { return (true, []) }
          state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
          let seen = state.watchers.filter { state.isSleeping(in: $0.range) }
          state.watchers = state.watchers.filter { !state.isSleeping(in: $0.range) }
          return (false, seen)
        }
        for watcher in seen { watcher.continuation.resume() }
        guard isOver else { return }
        if Task.isCancelled { continuation.resume(throwing: CancellationError()) } else { continuation.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let place = state.sleepers.firstIndex(where: { $0.id == id }) else { return nil }
        return state.sleepers.remove(at: place)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Turns the clock, and wakes whose time has come.
  public func advance(by duration: Duration) {
    let woken = state.withLock { state -> [Sleeper] in
      state.now = state.now.advanced(by: duration)
      let now = state.now
      defer { state.sleepers.removeAll { $0.deadline <= now } }
      return state.sleepers.filter { $0.deadline <= now }
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// Waits until somebody sleeps whose time comes after a duration in this range.
  public func sleeper(in range: ClosedRange<Duration>) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        guard !state.isSleeping(in: range) else { return true }
        state.watchers.append(Watcher(range: range, continuation: continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}
