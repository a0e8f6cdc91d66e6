/// A sample of a stream of which both are known: what the specific model says, and what the large one does.
public struct ComparedSample: Sendable, Equatable {
  /// The specific model's, 0 to 1.
  public var confidence: Float
  /// Whether a small model answered it, and the large one was asked as an audit; else it was hard.
  public var isAudit: Bool
  /// How well the specific model's answer agrees with the large one's, 0 to 1; `nil` where nobody knows.
  public var agreement: Float?
  /// How good the answers of the specific and of the large model are, 0 to 1; `nil` where the truth is not known.
  public var quality: (specific: Float, large: Float)?

  /// A sample.
  public init(
    confidence: Float, isAudit: Bool, agreement: Float? = nil, quality: (specific: Float, large: Float)? = nil
  ) {
    (self.confidence, self.isAudit, self.agreement, self.quality) = (confidence, isAudit, agreement, quality)
  }

  /// Equal in all parts.
  public static func == (left: ComparedSample, right: ComparedSample) -> Bool {
    left.confidence == right.confidence && left.isAudit == right.isAudit && left.agreement == right.agreement
      && left.quality?.specific == right.quality?.specific && left.quality?.large == right.quality?.large
  }
}
