import LargeModelFlow

/// Which endpoint is asked: the first in the settings' order that is well and does not ask to be left alone.
struct EndpointSelection {
  /// Leave to ask an endpoint.
  struct Choice: Sendable, Equatable {
    /// Its place in the settings.
    let endpoint: Int
    fileprivate let permit: CircuitBreaker.Permit
  }

  private struct Endpoint {
    var breaker: CircuitBreaker
    // What the server asked for.
    var notBefore = Duration.zero
    var lastFailure: AttemptFailure?

    func wait(at now: Duration) -> Duration? { breaker.wait(at: now).map { max($0, notBefore - now, .zero) } }
  }

  /// How soon to look again while a probe is under way.
  static let probing = Duration.milliseconds(50)

  private var endpoints: [Endpoint]

  init(count: Int, breaker: CircuitBreaker.Settings) {
    endpoints = Array(repeating: Endpoint(breaker: CircuitBreaker(breaker)), count: count)
  }

  /// An endpoint to ask now; `nil` where all are to be left alone.
  /// - Parameter failed: the endpoint that the request just failed at; asked only where there is no other.
  mutating func choose(after failed: Int?, at now: Duration) -> Choice? {
    let order = endpoints.indices.filter { $0 != failed } + (failed.map { [$0] } ?? [])
    for index in order where endpoints[index].notBefore <= now {
      if let permit = endpoints[index].breaker.admit(at: now) { return Choice(endpoint: index, permit: permit) }
    }
    return nil
  }

  /// How long until an endpoint may be asked; 0 where one may now.
  func wait(at now: Duration) -> Duration {
    endpoints.map { $0.wait(at: now) ?? Self.probing }.min() ?? .zero
  }

  /// Whether another endpoint than this may be asked now.
  func hasAlternative(to endpoint: Int, at now: Duration) -> Bool {
    endpoints.indices.contains { $0 != endpoint && endpoints[$0].wait(at: now) == .zero }
  }

  /// How long all endpoints are to be left alone, and what the first of them to be asked again failed with; `nil` where
  /// one may be asked, or is about to be known.
  func pause(at now: Duration) -> (duration: Duration, failure: AttemptFailure)? {
    let closed = endpoints.compactMap { endpoint -> (duration: Duration, failure: AttemptFailure)? in
      guard let wait = endpoint.wait(at: now), wait > .zero, let failure = endpoint.lastFailure else { return nil }
      return (wait, failure)
    }
    return closed.count == endpoints.count ? closed.min { $0.duration < $1.duration } : nil
  }

  /// Takes an attempt's outcome.
  /// - Parameter failure: what it failed with, where it did.
  mutating func record(
    _ outcome: CircuitBreaker.Outcome, _ failure: AttemptFailure? = nil, for choice: Choice, at now: Duration
  ) {
    endpoints[choice.endpoint].breaker.record(outcome, for: choice.permit, at: now)
    guard let failure else { return }
    endpoints[choice.endpoint].lastFailure = failure
    if let retryAfter = failure.retryAfter {
      endpoints[choice.endpoint].notBefore = max(endpoints[choice.endpoint].notBefore, now + retryAfter)
    }
  }
}
