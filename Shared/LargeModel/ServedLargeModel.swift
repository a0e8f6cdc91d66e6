import LargeModelFlow

/// A large model behind a server: it may be away, has limits that workers share, and costs.
public protocol ServedLargeModel: LargeModel {
  /// The most samples it is asked about at once.
  var concurrency: Int { get }
  /// Whether there are limits a minute, which workers have to share: see `setShare`.
  var hasLimits: Bool { get }
  /// When a sample that could not be asked about is worth asking about again.
  var retry: RetryPolicy { get }
  /// What has been counted so far.
  var statistics: ServerStatistics { get }
  /// For how long it is to be left alone, because it asked for that or fails: nothing is worth asking meanwhile. `nil`
  /// where it may be asked.
  var pause: ServerPause? { get async }

  /// Changes this worker's part of the task's limits, as `RateLease` says; 0 to 1.
  func setShare(_ share: Double) async
  /// What asking about a sample once is taken to need. Nothing is asked for it.
  func estimate(_ request: LargeModelRequest) -> QuestionEstimate
}

extension ServedLargeModel {
  /// Itself.
  public var server: (any ServedLargeModel)? { self }
}

/// How long a server is to be left alone, and why.
public struct ServerPause: Sendable, Equatable {
  /// From now on.
  public let duration: Duration
  /// What stands in the way.
  public let cause: LargeModelError.Cause
  /// The server's own words, and the remedy.
  public let reason: String

  /// A pause from now on.
  public init(duration: Duration, cause: LargeModelError.Cause, reason: String) {
    self.duration = duration
    self.cause = cause
    self.reason = reason
  }
}

/// What has been counted of a server since its client was made.
public struct ServerStatistics: Sendable, Equatable {
  /// Requests sent.
  public var requests = 0
  /// Attempts that failed, of whatever kind.
  public var failures = 0
  /// Answers that were no candidate, or no caption.
  public var outsideLabels = 0
  /// Answers that were a refusal.
  public var refusals = 0
  /// Requests that the server's own rate limit turned away.
  public var rateLimited = 0
  /// Requests that ran into a time limit.
  public var timeouts = 0

  /// Nothing yet.
  public init() {}
}
