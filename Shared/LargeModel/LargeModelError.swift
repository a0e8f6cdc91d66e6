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
    /// The model could not be fetched.
    case notFetched
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What is wrong and what to do.
  public let description: String
  /// What every attempt at an answer failed with, in their order; empty for a model that is asked only once.
  public let attempts: [String]
  /// What the attempts cost nevertheless, in the currency of the settings' prices.
  public let cost: Double

  /// An error.
  public init(_ kind: Kind, _ description: String, attempts: [String] = [], cost: Double = 0) {
    self.cost = cost
    self.kind = kind
    self.description = description
    self.attempts = attempts
  }
}
