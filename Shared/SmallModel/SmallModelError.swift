/// Why a small model cannot be made, trained, read or used; the message says what to do.
public struct SmallModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, and with which value.
  public let description: String

  package init(_ description: String) { self.description = description }
}
