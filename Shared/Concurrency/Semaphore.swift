import Synchronization

/// Lets at most so many in at once; the others wait in the order they came, and leave the line when cancelled.
public final class Semaphore: Sendable {
  private struct State {
    var free: Int
    var line: [Waiter<Void>] = []
  }

  // A lock rather than an actor: a cancellation handler cannot wait for an actor.
  private let state: Mutex<State>

  /// A semaphore that lets `count` in at once.
  public init(_ count: Int) { state = Mutex(State(free: count)) }

  /// How many wait in line.
  public var lineLength: Int { state.withLock { $0.line.count } }

  /// Runs `body` once there is room; throws `CancellationError` where the task is cancelled in line.
  public func withPermit<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    try await Waiter<Void>.wait { waiter in
      state.withLock { state -> Void? in
        guard state.free == 0 else {
          state.free -= 1
          return ()
        }
        state.line.append(waiter)
        return nil
      }
    } leave: { number in
      state.withLock { $0.line.take(number) }
    }
  }

  private func leave() {
    let next = state.withLock { state -> Waiter<Void>? in
      guard !state.line.isEmpty else {
        state.free += 1
        return nil
      }
      // The permit passes on; `free` does not change.
      return state.line.removeFirst()
    }
    next?.resume(returning: ())
  }
}
