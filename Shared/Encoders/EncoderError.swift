/// Why an encoder or a head cannot be had or used; the message says what to do.
public struct EncoderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, and with which file or value.
  public let description: String

  /// An error with its reason.
  package init(_ description: String) { self.description = description }
}
