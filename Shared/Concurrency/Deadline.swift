/// A time limit ran out.
public struct DeadlineExceeded: Error, Sendable, Equatable {
  /// A time limit ran out.
  public init() {}
}

extension RelativeClock {
  /// Runs `body`, and cancels it when so much time has passed.
  /// - Throws: `DeadlineExceeded`, what `body` throws, or `CancellationError`.
  public func withTimeout<Value: Sendable>(
    _ duration: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let deadline = now + duration
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await sleep(until: deadline)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw DeadlineExceeded() }
      return value
    }
  }
}
