import ServiceLifecycle

/// Runs `body` as a service does, and asks it to shut down at the first element of `signals`.
func inGroup<Signals: AsyncSequence & Sendable>(
  shutdownWhen signals: Signals, _ body: @escaping @Sendable () async throws -> Void
) async throws where Signals.Element: Sendable {
  let group = ServiceGroup(
    configuration: .init(
      services: [
        .init(service: ClosureService(body: body), successTerminationBehavior: .gracefullyShutdownGroup)
      ], logger: .init(label: "group")))
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask {
      for try await _ in signals { await group.triggerGracefulShutdown() }
    }
    try await group.run()
    tasks.cancelAll()
  }
}

struct ClosureService: Service {
  let body: @Sendable () async throws -> Void
  func run() async throws { try await body() }
}

/// Waits for shutdown, then for leave to end.
final class SteppedService: Service {
  let stepped: AsyncStream<Void>
  private let step: AsyncStream<Void>.Continuation
  private let drained = AsyncStream.makeStream(of: Void.self)
  private let leave = AsyncStream.makeStream(of: Void.self)

  init() { (stepped, step) = AsyncStream.makeStream(of: Void.self) }

  func run() async throws {
    try await gracefulShutdown()
    drained.continuation.yield()
    for await _ in leave.stream { break }
  }

  func beginShutdown() { step.yield() }
  func drainBegan() async { for await _ in drained.stream { break } }
  func finishDraining() { leave.continuation.yield() }
}

struct WaitingService: Service {
  func run() async throws { try await gracefulShutdown() }
}

struct FailingService: Service {
  let error: any Error & Sendable
  func run() async throws { throw error }
}

struct EndingService: Service {
  func run() async throws {}
}

/// Heeds no graceful shutdown, only cancellation.
struct StuckService: Service {
  func run() async throws {
    let (never, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    try Task.checkCancellation()
  }
}
