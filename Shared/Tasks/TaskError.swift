/// A task that cannot be set up.
public struct TaskError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  /// An error with its reason.
  public init(_ description: String) { self.description = description }
}
