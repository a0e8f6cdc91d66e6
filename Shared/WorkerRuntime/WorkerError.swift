/// Why a worker ended.
public struct WorkerError: Error, Sendable, CustomStringConvertible {
  /// What went wrong and what to do.
  public let description: String

  /// An error with its message.
  public init(_ description: String) { self.description = description }
}
