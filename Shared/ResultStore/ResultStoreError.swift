/// What is wrong with stored answers, and what to do.
public struct ResultStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence with its remedy.
  public let message: String
  /// The message.
  public var description: String { "Result store: \(message)" }

  init(_ message: String) { self.message = message }
}
