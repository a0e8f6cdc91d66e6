/// Why settings are refused, or why a sample got no answer.
public struct ChatCompletionsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String
  /// What every attempt failed with, in their order; empty where nothing was asked.
  public let attempts: [String]
  /// What the attempts cost nevertheless.
  public let usage: Usage
  /// Whether it says nothing about the sample: the server as a whole is away, or the limits left no room to ask. The
  /// sample is to be asked about again later.
  public let isUnavailable: Bool

  /// An error.
  public init(_ description: String, attempts: [String] = [], usage: Usage = Usage(), isUnavailable: Bool = false) {
    self.isUnavailable = isUnavailable
    self.description = description
    self.attempts = attempts
    self.usage = usage
  }
}
