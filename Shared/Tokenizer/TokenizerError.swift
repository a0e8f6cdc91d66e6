/// Why a vocabulary was refused.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and how to mend it.
  public let description: String

  init(_ description: String) { self.description = description }
}
