/// How long to wait before the next attempt: exponential, with full jitter, so that workers that lost the server
/// together do not come back together (Brooker, "Exponential Backoff and Jitter", 2015).
public struct Backoff: Sendable, Equatable {
  /// The bound of the first wait.
  public var initial: Duration
  /// No wait is longer.
  public var longest: Duration
  /// Attempts in all before the error is handed on; `nil`: without end.
  public var attempts: Int?

  /// Waits up to 100 ms, 200 ms, 400 ms … `longest`.
  public init(initial: Duration = .milliseconds(100), longest: Duration = .seconds(10), attempts: Int? = nil) {
    self.initial = initial
    self.longest = longest
    self.attempts = attempts
  }

  /// The wait after a failure.
  /// - Parameters:
  ///   - attempt: how many attempts have failed, from 1.
  ///   - jitter: uniform in 0 ..< 1.
  /// - Returns: `nil` where no attempt is left.
  public func delay(afterAttempt attempt: Int, jitter: Double) -> Duration? {
    if let attempts, attempt >= attempts { return nil }
    let doublings = min(max(attempt - 1, 0), 30)
    return min(longest, initial * (1 << doublings)) * jitter
  }
}
