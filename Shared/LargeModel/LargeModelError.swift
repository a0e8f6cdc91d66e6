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
    /// The model could not be fetched.
    case notFetched
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What is wrong and what to do.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
