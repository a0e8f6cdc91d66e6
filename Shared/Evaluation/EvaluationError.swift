/// Why something cannot be trained, calibrated or judged.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
