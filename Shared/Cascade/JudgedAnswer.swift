/// An answer of a small model of which it became known how right it was.
public struct JudgedAnswer: Sendable, Equatable {
  /// The small model's confidence, 0 to 1.
  public let confidence: Float
  /// What the answer lacks of being right, 0 to 1: for a label 0 or 1.
  public let error: Double

  /// An answer that was judged.
  public init(confidence: Float, error: Double) { (self.confidence, self.error) = (confidence, error) }
}
