import Content

/// A labelled sample that no model is trained on, and what the large model answers to it.
public struct HeldOutRow: Sendable, Equatable {
  /// Unique in its file.
  public let id: String
  /// What is asked about.
  public let input: Input
  /// The ground truth.
  public let label: String
  /// The producer's grouping.
  public let category: String?
  /// Head, medium or tail, or another grouping of labels.
  public let region: String?
  /// The large model's answer, as the pipeline would give it.
  public let largeLabel: String
  /// Its confidence, 0 to 1; `nil` where it gave none.
  public let largeConfidence: Float?

  /// A held-out sample.
  public init(
    id: String, input: Input, label: String, category: String? = nil, region: String? = nil, largeLabel: String,
    largeConfidence: Float?
  ) {
    self.id = id
    self.input = input
    self.label = label
    self.category = category
    self.region = region
    self.largeLabel = largeLabel
    self.largeConfidence = largeConfidence
  }
}
