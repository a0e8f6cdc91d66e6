/// Why a large model could not be had, or why it gave no answer.
public struct LargeModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure it is; a caller may act on it.
  public enum Kind: Sendable, Equatable {
    /// Files are missing, damaged or of a kind that this encoder does not know.
    case badModel
    /// Settings or a request contradict themselves or the task.
    case badRequest
    /// The model has no answer for this sample.
    case noAnswer
    /// The model as a whole cannot answer now; the sample is to be asked about again later.
    case unavailable
  }

  /// Whose fault it is that a sample has no answer, as far as this one failure can tell.
  public enum Blame: Sendable, Equatable, CaseIterable {
    /// The world's: every sample would meet it. It is never charged to one.
    case world
    /// Most likely the world's: charged to a sample that fails over and over while others are answered.
    case likelyWorld
    /// The sample's or the world's: charged to a sample that fails a few times while others are answered.
    case unclear
    /// Most likely the sample's: charged to it once it has failed twice and another was answered in between.
    case likelySample
    /// The sample's.
    case sample
  }

  /// What kind of thing stands in the way, in one word: a metric's label.
  public enum Cause: String, Sendable, Equatable {
    /// The server asks for fewer requests.
    case rateLimit = "rate_limit"
    /// The account has no money or no quota left.
    case quota
    /// A key or a right is missing.
    case credentials
    /// The server points to another address.
    case redirect
    /// The server does not take a request like this.
    case request
    /// The server cannot be reached, or fails.
    case server
    /// What the model wrote is no answer.
    case answer
    /// The model's files are missing or damaged.
    case model
    /// A sample's image cannot be fetched.
    case images
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What is wrong and what to do.
  public let description: String
  /// What every attempt at an answer failed with, in their order; empty for a model that is asked only once.
  public let attempts: [String]
  /// What the attempts cost nevertheless, in the currency of the settings' prices.
  public let cost: Double
  /// Whose fault it is.
  public let blame: Blame
  /// What stands in the way.
  public let cause: Cause
  /// Equal for equal faults, without what is one sample's own.
  public let reason: String
  /// How long the server asks to be left alone.
  public let retryAfter: Duration?

  /// An error.
  /// - Parameters:
  ///   - blame: by default the sample's where the model has no answer or the request contradicts the task.
  ///   - reason: by default the description.
  public init(
    _ kind: Kind, _ description: String, attempts: [String] = [], cost: Double = 0, blame: Blame? = nil,
    cause: Cause? = nil, reason: String? = nil, retryAfter: Duration? = nil
  ) {
    let isSamples = kind == .noAnswer || kind == .badRequest
    self.kind = kind
    self.description = description
    self.attempts = attempts
    self.cost = cost
    self.blame = blame ?? (isSamples ? .sample : .world)
    self.cause = cause ?? (isSamples ? .answer : .model)
    self.reason = reason ?? description
    self.retryAfter = retryAfter
  }
}
