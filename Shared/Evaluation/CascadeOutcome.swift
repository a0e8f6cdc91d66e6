/// What one cascade (S1 at δ1 → S2 at δ2 → large) makes of one sample whose label is known.
public struct CascadeOutcome: Sendable, Equatable {
  /// Whether the cascade's answer is the label.
  public let isRight: Bool
  /// Whether no small model was sure, so that the large model is asked.
  public let asksLarge: Bool
  /// The confidence that the answer carries, 0 to 1; `nil` where the large model gave none.
  public let confidence: Float?

  /// An outcome.
  public init(isRight: Bool, asksLarge: Bool, confidence: Float?) {
    self.isRight = isRight
    self.asksLarge = asksLarge
    self.confidence = confidence
  }
}
