import Synchronization

/// Asks once for each key that is under way; who comes with the same key meanwhile gets the same outcome.
///
/// The first one asks, in its own task. Where it is cancelled, the next in line asks in its place, so that nobody's
/// cancellation is another's failure.
public final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private enum Word: Sendable {
    case outcome(Result<Value, any Error>)
    case askYourself
  }

  private struct Follower {
    let id: Int
    let continuation: CheckedContinuation<Word, any Error>
  }

  private struct State {
    var flights: [Key: [Follower]] = [:]
    var nextID = 0
  }

  // A lock rather than an actor: a cancellation handler cannot wait for an actor.
  private let state = Mutex(State())

  /// With nothing under way.
  public init() {}

  /// How many wait for the outcome of a key that is under way; `nil` where it is not.
  public func followers(of key: Key) -> Int? { state.withLock { $0.flights[key]?.count } }

  /// The outcome of `ask`, or of the same key's that is under way.
  /// - Returns: the value, and whether another one's question gave it.
  /// - Throws: what `ask` throws; `CancellationError` where this task is cancelled.
  public func value(
    for key: Key, _ ask: @Sendable () async throws -> Value
  ) async throws -> (value: Value, isShared: Bool) {
    if case .outcome(let outcome) = try await join(key) { return (try outcome.get(), true) }
    do {
      let value = try await ask()
      land(key, .success(value))
      return (value, false)
    } catch {
      if Task.isCancelled { handOver(key) } else { land(key, .failure(error)) }
      throw error
    }
  }

  private func join(_ key: Key) async throws -> Word {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Word, any Error>) in
        let outcome = state.withLock { state -> Result<Word, any Error>? in
          // The handler may have run before this line and found nobody to wake.
          if Task.isCancelled { return .failure(CancellationError()) }
          guard state.flights[key] != nil else {
            state.flights[key] = []
            return .success(.askYourself)
          }
          state.flights[key]?.append(Follower(id: id, continuation: continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let follower = state.withLock { state -> Follower? in
        guard let place = state.flights[key]?.firstIndex(where: { $0.id == id }) else { return nil }
        return state.flights[key]?.remove(at: place)
      }
      follower?.continuation.resume(throwing: CancellationError())
    }
  }

  private func land(_ key: Key, _ outcome: Result<Value, any Error>) {
    let followers = state.withLock { $0.flights.removeValue(forKey: key) } ?? []
    for follower in followers { follower.continuation.resume(returning: .outcome(outcome)) }
  }

  private func handOver(_ key: Key) {
    let next = state.withLock { state -> Follower? in
      guard state.flights[key]?.isEmpty == false else {
        state.flights[key] = nil
        return nil
      }
      return state.flights[key]?.removeFirst()
    }
    next?.continuation.resume(returning: .askYourself)
  }
}
