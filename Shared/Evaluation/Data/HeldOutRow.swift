import Classification
import Content

/// A sample whose truth is known, that no model is trained on, and what the large model replies to it.
public struct HeldOutRow: Sendable, Equatable {
  /// Unique in its file.
  public let id: String
  /// What is asked about.
  public let input: Input
  /// The ground truth.
  public let truth: Truth
  /// The producer's grouping.
  public let category: String?
  /// Head, medium or tail, or another grouping of labels.
  public let region: String?
  /// The large model's reply, as the pipeline would give it.
  public let large: Reply
  /// Its confidence, 0 to 1; `nil` where it gave none.
  public let largeConfidence: Float?

  /// A held-out sample.
  public init(
    id: String, input: Input, truth: Truth, category: String? = nil, region: String? = nil, large: Reply,
    largeConfidence: Float?
  ) {
    self.id = id
    self.input = input
    self.truth = truth
    self.category = category
    self.region = region
    self.large = large
    self.largeConfidence = largeConfidence
  }

  /// A held-out sample of a task that answers with labels.
  public init(
    id: String, input: Input, label: String, category: String? = nil, region: String? = nil, largeLabel: String,
    largeConfidence: Float?
  ) {
    self.init(
      id: id, input: input, truth: .label(label), category: category, region: region, large: .label(largeLabel),
      largeConfidence: largeConfidence)
  }

  /// The label that is the truth, where it is one.
  public var label: String? { truth.label }

  /// The large model's label, where it replies with one.
  public var largeLabel: String? { large.label }
}

extension LabelIndex {
  /// A label's index; `nil` for none, as for a name that no label has.
  package subscript(name: String?) -> Int? { name.flatMap { self[$0] } }
}
