/// What a client has counted since it was made.
public struct ChatCompletionsStatistics: Sendable, Equatable {
  /// HTTP requests sent.
  public var requests = 0
  /// Attempts that failed, of whatever kind.
  public var failures = 0
  /// Answers that were no candidate.
  public var outsideLabels = 0
  /// Answers that were a refusal.
  public var refusals = 0
  /// Requests that the server's own rate limit turned away.
  public var rateLimited = 0
  /// Requests that ran into a time limit.
  public var timeouts = 0

  mutating func count(_ failure: AttemptFailure) {
    failures += 1
    switch failure {
    case .outsideLabels: outsideLabels += 1
    case .refused: refusals += 1
    case .status(429, _, _, _, _): rateLimited += 1
    case .timedOut: timeouts += 1
    default: break
    }
  }
}
