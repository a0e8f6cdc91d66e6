import Cascade

/// A stored answer with its sample's text, as a round reads it.
public struct StreamAnswer: Sendable, Equatable {
  /// The sample's id.
  public let id: String
  /// The sample's text.
  public let text: String
  /// The producer's grouping.
  public let category: String?
  /// The ground truth, where the producer knew it.
  public let trueLabel: String?
  /// What the large model held probable; `nil` where a small model answered.
  public let large: LabelDistribution?

  /// A stored answer.
  public init(id: String, text: String, category: String?, trueLabel: String?, large: LabelDistribution?) {
    self.id = id
    self.text = text
    self.category = category
    self.trueLabel = trueLabel
    self.large = large
  }

  /// The answer as a sample for the gate; `nil` without ground truth or without the large model's answer.
  var judgeable: HeldOutRow? {
    guard let trueLabel, let answer = large?.top.first else { return nil }
    return HeldOutRow(
      id: id, text: text, label: trueLabel, category: category, largeLabel: answer.label,
      largeConfidence: answer.probability)
  }
}
