/// What the stages made of one held-out sample, all that a threshold is chosen on.
public struct HeldOutOutcome: Sendable, Equatable {
  /// The small model's confidence, 0 to 1.
  public let confidence: Float
  /// Whether the small model's answer is right.
  public let smallIsRight: Bool
  /// Whether the next stages' answer is right.
  public let nextIsRight: Bool

  /// An outcome of one sample.
  public init(confidence: Float, smallIsRight: Bool, nextIsRight: Bool) {
    self.confidence = confidence
    self.smallIsRight = smallIsRight
    self.nextIsRight = nextIsRight
  }
}
