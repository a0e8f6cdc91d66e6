import Evaluation
import Classification
import Content

/// What the large model answered, as far as it said.
public struct LargeOpinion: Sendable, Equatable {
  /// Its answer.
  public let reply: Reply
  /// How sure it was, 0 to 1; `nil` where it gave no probabilities, so that it can be judged by but teaches nobody.
  public let confidence: Float?
  /// What it held probable of labels; `nil` of a caption, and where it gave no probabilities.
  public let distribution: LabelDistribution?

  /// A label with or without probabilities.
  public init(label: String, distribution: LabelDistribution?) {
    (reply, self.distribution) = (.label(label), distribution)
    confidence = distribution?.top.first?.probability
  }

  /// A caption.
  public init(caption: String, confidence: Float?) {
    (reply, self.confidence, distribution) = (.caption(caption), confidence, nil)
  }

  /// The label, where it is one.
  public var label: String? { reply.label }

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
  public let truth: Truth?
  /// What the large model answered; `nil` where a small model did.
  public let large: LargeOpinion?

  /// A stored answer.
  public init(id: String, input: Input, category: String?, truth: Truth?, large: LargeOpinion?) {
    self.id = id
    self.input = input
    self.category = category
    self.truth = truth
    self.large = large
  }

  /// The answer with the large model's label in the truth's place where that is not known.
  var judgedByLarge: StreamAnswer {
    StreamAnswer(
      id: id, input: input, category: category, truth: truth ?? large?.label.map(Truth.label), large: large)
  }

  /// The answer as a sample for the gate; `nil` without ground truth or without the large model's answer.
  var judgeable: HeldOutRow? {
    guard let truth, let large else { return nil }
    return HeldOutRow(
      id: id, input: input, truth: truth, category: category, large: large.reply, largeConfidence: large.confidence)
  }
}
