/// Time since a start of its own, told by any clock: what the policies here count in, so that tests can turn it by hand.
public struct RelativeClock: Sendable {
  private let elapsed: @Sendable () -> Duration
  private let sleeping: @Sendable (Duration) async throws -> Void

  /// Counts from now on.
  public init<Source: Clock>(_ clock: Source = ContinuousClock()) where Source.Duration == Duration {
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    sleeping = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  /// Time since the start.
  public var now: Duration { elapsed() }

  /// Sleeps until so much time has passed since the start; throws `CancellationError`.
  public func sleep(until deadline: Duration) async throws { try await sleeping(deadline) }

  /// Sleeps from now on; throws `CancellationError`.
  public func sleep(for duration: Duration) async throws { try await sleeping(elapsed() + duration) }
}
