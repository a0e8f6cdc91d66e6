/// A caption and what its captioner held probable at each of its steps.
public struct CaptionDistribution: Sendable, Equatable {
  /// What a step may give.
  public enum Token: Sendable, Hashable {
    /// A word in lower case.
    case word(String)
    /// The caption ends here.
    case end
  }

  /// One step, with the most probable tokens at temperature 1. What they leave of 1 is the rest's, about which the step says
  /// nothing.
  public struct Step: Sendable, Equatable {
    /// What it gave.
    public let token: Token
    /// Each token once; their sum is at most 1.
    public let probabilities: [Token: Float]

    /// - Parameter probabilities: with a sum of at most 1.
    public init(token: Token, probabilities: [Token: Float]) {
      (self.token, self.probabilities) = (token, probabilities)
    }
  }

  /// One a word, and one for the end.
  public let steps: [Step]

  /// - Parameter steps: the last one gives the end, where the caption was not cut off.
  public init(steps: [Step]) { self.steps = steps }
}
