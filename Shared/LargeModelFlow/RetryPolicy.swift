/// When to ask again after a failure: exponential backoff with full jitter (Brooker, AWS Architecture Blog 2015), and a
/// server's `Retry-After` above it.
public struct RetryPolicy: Sendable, Equatable {
  /// Attempts in all, the first one counted; at least 1.
  public var maximumAttempts: Int
  /// The ceiling of the delay after the first attempt; each further one doubles it.
  public var base: Duration
  /// No ceiling is above it.
  public var cap: Duration

  /// The defaults suit a paid server: up to 0.5, 1, 2, … 30 seconds.
  public init(maximumAttempts: Int = 6, base: Duration = .milliseconds(500), cap: Duration = .seconds(30)) {
    self.maximumAttempts = maximumAttempts
    self.base = base
    self.cap = cap
  }

  /// The longest delay after an attempt, counted from 1: min(cap, base × 2^(attempt − 1)).
  public func ceiling(afterAttempt attempt: Int) -> Duration {
    // 2^32 times any base worth its name is above any cap.
    let doublings = min(max(attempt - 1, 0), 32)
    return min(cap, base * (1 << doublings))
  }

  /// How long to wait after an attempt: evenly random between 0 and the ceiling; where the server named a time, that
  /// time and at most `base` more, so that those who were told the same do not come back together.
  /// - Parameters:
  ///   - attempt: counted from 1.
  ///   - retryAfter: what the server asked for.
  public func delay(
    afterAttempt attempt: Int, retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let share = Double.random(in: 0...1, using: &generator)
    guard let retryAfter else { return ceiling(afterAttempt: attempt) * share }
    return retryAfter + min(base, cap) * share
  }

  /// Whether asking the same again may help after an HTTP status: timeouts, rate limits, and the server's own faults.
  public static func isRetriable(status: Int) -> Bool {
    switch status {
    case 408, 409, 425, 429: true
    case 501, 505: false
    default: (500...599).contains(status)
    }
  }
}
