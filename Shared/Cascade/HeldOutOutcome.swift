/// What a stage and what comes after it make of one held-out sample: all that a threshold is chosen on.
public struct HeldOutOutcome: Sendable, Equatable {
  /// The stage's confidence, 0 to 1.
  public let confidence: Float
  /// How good the stage's reply is, 0 to 1; for a label 1 where it is the truth.
  public let quality: Float
  /// How well the stage's reply agrees with the large model's, 0 to 1; for a label 1 where both are the same.
  public let agreement: Float
  /// How good the reply of what comes after it is, 0 to 1.
  public let nextQuality: Float
  /// Whether what comes after it asks the large model; another small model may answer instead.
  public let nextAsksLarge: Bool

  /// An outcome of one sample.
  public init(
    confidence: Float, quality: Float, agreement: Float, nextQuality: Float, nextAsksLarge: Bool = true
  ) {
    self.confidence = confidence
    self.quality = quality
    self.agreement = agreement
    self.nextQuality = nextQuality
    self.nextAsksLarge = nextAsksLarge
  }
}
