/// What the running system answered to one picture after distillation.
public struct DistilledCaption: Sendable, Equatable {
  /// Its words.
  public let text: String
  /// `specific`, `learnable` or `large`.
  public let answeredBy: String
  /// Sentence BLEU, 0 to 1.
  public let quality: Float

  /// An answer.
  public init(text: String, answeredBy: String, quality: Float) {
    (self.text, self.answeredBy, self.quality) = (text, answeredBy, quality)
  }
}
