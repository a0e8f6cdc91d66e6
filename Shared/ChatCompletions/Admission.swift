import Concurrency
import LargeModelFlow

/// Lets requests out one by one, in the order they came: each when the limits have room and an endpoint is well.
actor Admission {
  private let clock: RelativeClock
  // Held by the one at the head of the line while it waits, so that nobody overtakes it and no token is taken twice.
  private let head = Semaphore(1)
  private var requests: TokenBucket?
  private var tokens: TokenBucket?
  private var selection: EndpointSelection

  init(_ settings: ChatCompletionsSettings, clock: RelativeClock) {
    self.clock = clock
    requests = settings.requestsPerMinute.map { TokenBucket($0, at: clock.now) }
    tokens = settings.tokensPerMinute.map { TokenBucket($0, at: clock.now) }
    selection = EndpointSelection(count: settings.endpoints.count, breaker: settings.breaker)
  }

  /// Waits for leave to ask.
  /// - Parameters:
  ///   - estimate: tokens that the request will take.
  ///   - failed: the endpoint that it just failed at.
  ///   - deadline: by the clock; no wait is begun that would last longer.
  /// - Throws: `DeadlineExceeded` or `CancellationError`.
  nonisolated func admit(
    estimate: Int, after failed: Int?, by deadline: Duration
  ) async throws -> EndpointSelection.Choice {
    try await head.withPermit {
      while true {
        switch await self.tryAdmit(estimate: Double(estimate), after: failed) {
        case .success(let choice): return choice
        case .failure(let wait):
          guard self.clock.now + wait.duration <= deadline else { throw DeadlineExceeded() }
          try await self.clock.sleep(for: wait.duration)
        }
      }
    }
  }

  /// Takes an attempt's outcome; every `admit` is followed by one.
  func record(
    _ outcome: CircuitBreaker.Outcome, _ failure: AttemptFailure? = nil, for choice: EndpointSelection.Choice
  ) {
    selection.record(outcome, failure, for: choice, at: clock.now)
  }

  /// Replaces the estimate by what the server counted.
  func settle(estimate: Int, actual: Int) {
    tokens?.settle(estimated: Double(estimate), actual: Double(actual), at: clock.now)
  }

  /// Changes this worker's part of the limits.
  func setShare(_ share: Double) {
    requests?.setShare(share, at: clock.now)
    tokens?.setShare(share, at: clock.now)
  }

  /// How long all endpoints are to be left alone, and why.
  var pause: (duration: Duration, failure: AttemptFailure)? { selection.pause(at: clock.now) }

  /// Whether another endpoint than this may be asked at once.
  func hasAlternative(to endpoint: Int) -> Bool {
    selection.hasAlternative(to: endpoint, at: clock.now)
  }

  private struct Wait: Error { let duration: Duration }

  private func tryAdmit(estimate: Double, after failed: Int?) -> Result<EndpointSelection.Choice, Wait> {
    let now = clock.now
    let wait = [
      requests?.wait(for: 1, at: now) ?? .zero, tokens?.wait(for: estimate, at: now) ?? .zero, selection.wait(at: now),
    ].reduce(.zero, max)
    guard wait == .zero else { return .failure(Wait(duration: wait)) }
    guard let choice = selection.choose(after: failed, at: now) else {
      return .failure(Wait(duration: EndpointSelection.probing))
    }
    requests?.take(1)
    tokens?.take(estimate)
    return .success(choice)
  }
}
