import ServiceLifecycle

/// What `body` gives, unless a graceful shutdown cuts it short.
/// - Returns: `nil` once a shutdown has begun; what was begun before may then be finished.
/// - Throws: what `body` throws; `CancellationError` where the task itself is cancelled, after which nothing is finished.
public func untilShutdown<Value: Sendable>(
  _ body: @Sendable @escaping () async throws -> Value
) async throws -> Value? {
  do {
    return try await cancelWhenGracefulShutdown(body)
  } catch is CancellationError where Task.isShuttingDownGracefully && !Task.isCancelled {
    return nil
  }
}
