/// Why settings are refused, or why a sample got no answer.
public struct ChatCompletionsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String
  /// What every attempt failed with, in their order; empty where nothing was asked.
  public let attempts: [String]
  /// What the attempts cost nevertheless.
  public let usage: Usage

  /// An error.
  public init(_ description: String, attempts: [String] = [], usage: Usage = Usage()) {
    self.description = description
    self.attempts = attempts
    self.usage = usage
  }
}
