import LargeModel

/// Why settings are refused, or why a sample got no answer.
public struct ChatCompletionsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String
  /// What every attempt failed with, in their order; empty where nothing was asked.
  public let attempts: [String]
  /// What the attempts cost nevertheless.
  public let usage: Usage
  /// Whose fault it is.
  public let blame: LargeModelError.Blame
  /// What stands in the way.
  public let cause: LargeModelError.Cause
  /// Equal for equal faults, without what is one sample's own.
  public let reason: String
  /// How long the server asks to be left alone.
  public let retryAfter: Duration?
  /// Whether it says little about the sample: the server as a whole is away, or the limits left no room to ask.
  public var isUnavailable: Bool { blame == .world || blame == .likelyWorld }

  /// An error in settings or in a request.
  public init(_ description: String) {
    self.description = description
    (attempts, usage, retryAfter) = ([], Usage(), nil)
    (blame, cause, reason) = (.sample, .request, description)
  }

  /// The error of a sample's attempts.
  init(_ description: String, _ log: AttemptLog, _ failure: AttemptFailure) {
    self.description = description
    (attempts, usage) = (log.failures, log.usage)
    (blame, cause) = failure.judgement
    reason = failure.kind
    retryAfter = failure.retryAfter
  }
}
