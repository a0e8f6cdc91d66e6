import Synchronization

/// Lets at most so many in at once; the others wait in the order they came, and leave the line when cancelled.
public final class Semaphore: Sendable {
  private struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var free: Int
    var line: [Waiter] = []
    var nextID = 0
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
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          // The handler may have run before this line and found nobody to wake.
          if Task.isCancelled { return .failure(CancellationError()) }
          guard state.free == 0 else {
            state.free -= 1
            return .success(())
          }
          state.line.append(Waiter(id: id, continuation: continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.line.firstIndex { $0.id == id }.map { state.line.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private func leave() {
    let next = state.withLock { state -> Waiter? in
      guard !state.line.isEmpty else {
        state.free += 1
        return nil
      }
      // The permit passes on; `free` does not change.
      return state.line.removeFirst()
    }
    next?.continuation.resume()
  }
}
