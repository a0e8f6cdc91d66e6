import Evaluation
import Classification
import Content

/// What the large model answered, as far as it said.
public struct LargeOpinion: Sendable, Equatable {
  /// Its answer.
  public let label: String
  /// What it held probable; `nil` where it gave no probabilities, so that it can be judged by but teaches nobody.
  public let distribution: LabelDistribution?

  /// An answer with or without probabilities.
  public init(label: String, distribution: LabelDistribution?) {
    self.label = label
    self.distribution = distribution
  }

  /// The most probable label of a distribution; `nil` where it names none.
  public init?(_ distribution: LabelDistribution) {
    guard let best = distribution.top.first else { return nil }
    self.init(label: best.label, distribution: distribution)
  }
}

/// A stored answer with its sample's input, as a round reads it.
public struct StreamAnswer: Sendable, Equatable {
  /// The sample's id.
  public let id: String
  /// The sample's input.
  public var input: Input
  /// The producer's grouping.
  public let category: String?
  /// The ground truth, where the producer knew it.
  public let trueLabel: String?
  /// What the large model answered; `nil` where a small model did.
  public let large: LargeOpinion?

  /// A stored answer.
  public init(id: String, input: Input, category: String?, trueLabel: String?, large: LargeOpinion?) {
    self.id = id
    self.input = input
    self.category = category
    self.trueLabel = trueLabel
    self.large = large
  }

  /// The answer with the large model's in the truth's place where that is not known.
  var judgedByLarge: StreamAnswer {
    StreamAnswer(id: id, input: input, category: category, trueLabel: trueLabel ?? large?.label, large: large)
  }

  /// The answer as a sample for the gate; `nil` without ground truth or without the large model's answer.
  var judgeable: HeldOutRow? {
    guard let trueLabel, let large else { return nil }
    return HeldOutRow(
      id: id, input: input, label: trueLabel, category: category, largeLabel: large.label,
      largeConfidence: large.distribution?.top.first?.probability)
  }
}
