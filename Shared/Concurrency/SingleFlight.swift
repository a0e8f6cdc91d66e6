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

  // A lock rather than an actor: a cancellation handler cannot wait for an actor.
  private let followers = Mutex<[Key: [Waiter<Word>]]>([:])

  /// With nothing under way.
  public init() {}

  /// How many wait for the outcome of a key that is under way; `nil` where it is not.
  public func followers(of key: Key) -> Int? { followers.withLock { $0[key]?.count } }

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
    try await Waiter<Word>.wait { waiter in
      followers.withLock { followers in
        guard followers[key] != nil else {
          followers[key] = []
          return .askYourself
        }
        followers[key]?.append(waiter)
        return nil
      }
    } leave: { number in
      followers.withLock { $0[key]?.take(number) }
    }
  }

  private func land(_ key: Key, _ outcome: Result<Value, any Error>) {
    let followers = self.followers.withLock { $0.removeValue(forKey: key) } ?? []
    for follower in followers { follower.resume(returning: .outcome(outcome)) }
  }

  private func handOver(_ key: Key) {
    let next = followers.withLock { followers -> Waiter<Word>? in
      guard followers[key]?.isEmpty == false else {
        followers[key] = nil
        return nil
      }
      return followers[key]?.removeFirst()
    }
    next?.resume(returning: .askYourself)
  }
}
