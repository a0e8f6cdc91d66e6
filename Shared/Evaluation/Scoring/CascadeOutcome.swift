import Captioning

/// What a cascade makes of one sample whose truth is known.
public struct CascadeOutcome: Sendable, Equatable {
  /// How good the cascade's reply is, 0 to 1; for a label 1 where it is the truth.
  public let quality: Float
  /// Whether no small model was sure, so that the large model is asked.
  public let asksLarge: Bool
  /// The confidence that the answer carries, 0 to 1; `nil` where the large model gave none.
  public let confidence: Float?
  /// What the BLEU of a corpus counts of the reply; `nil` for a label.
  public let counts: BLEUCounts?

  /// An outcome.
  public init(quality: Float, asksLarge: Bool, confidence: Float?, counts: BLEUCounts? = nil) {
    self.quality = quality
    self.asksLarge = asksLarge
    self.confidence = confidence
    self.counts = counts
  }
}
