import Cascade
import Classification
import Content
import Messages
import SmallModel

/// What the small models of a task made of some samples: the same for whatever it answers with.
protocol DecidedBatch {
  /// [samples]
  var decisions: [ShuntedBatch.Decision] { get }
  /// The models, in their order.
  var stages: [CascadeStage] { get }

  /// What an easy sample is answered by the stage that is sure of it.
  func answer(ofStage stage: Int, sample: Int) -> (reply: Reply, distribution: LabelDistribution?)
  /// What a stage said of a sample; `nil` where the sample was answered before it, or where it said nothing.
  func belief(ofStage stage: Int, sample: Int) -> Prediction.Belief?
}

/// A batch of a task that answers with labels.
struct DecidedLabels: DecidedBatch {
  let cascade: SmallModelCascade
  let shunted: ClassifiedBatch

  /// An easy answer names this many labels at most, and none once those named hold this much of the probability: the
  /// others tell nobody anything.
  private static let (answerLabels, answerMass) = (5, Float(0.99))

  var decisions: [ShuntedBatch.Decision] { shunted.decisions }
  var stages: [CascadeStage] { cascade.stages }

  func answer(ofStage stage: Int, sample: Int) -> (reply: Reply, distribution: LabelDistribution?) {
    let probabilities = shunted.probabilities(ofStage: stage, sample: sample) ?? []
    let label = shunted.label(ofStage: stage, sample: sample) ?? 0
    let distribution = LabelDistribution(
      labels: cascade.labels, probabilities: probabilities, maximum: Self.answerLabels, mass: Self.answerMass)
    return (.label(cascade.labels.names[label]), distribution)
  }

  func belief(ofStage stage: Int, sample: Int) -> Prediction.Belief? {
    shunted.probabilities(ofStage: stage, sample: sample).map {
      .labels(LabelDistribution(labels: cascade.labels, probabilities: $0))
    }
  }
}

/// A batch of a task that answers with captions.
struct DecidedCaptions: DecidedBatch {
  let decisions: [ShuntedBatch.Decision]
  let stages: [CascadeStage]
  private let captioned: CaptionedBatch

  /// A captioner that ends at once, or does not end, has said nothing, however sure it is of that: the sample is hard.
  init(stages: [CascadeStage], captioned: CaptionedBatch) {
    (self.stages, self.captioned) = (stages, captioned)
    decisions = captioned.decisions.enumerated().map { sample, decision in
      guard case .easy(let stage, _) = decision else { return decision }
      return captioned.spoken(ofStage: stage, sample: sample) == nil ? .hard : decision
    }
  }

  func answer(ofStage stage: Int, sample: Int) -> (reply: Reply, distribution: LabelDistribution?) {
    (.caption(captioned.caption(ofStage: stage, sample: sample)?.text ?? ""), nil)
  }

  func belief(ofStage stage: Int, sample: Int) -> Prediction.Belief? {
    captioned.spoken(ofStage: stage, sample: sample).map { .caption($0.text, confidence: $0.confidence) }
  }
}

extension CaptionedBatch {
  /// A caption that may travel.
  fileprivate func spoken(ofStage stage: Int, sample: Int) -> GeneratedCaption? {
    guard let caption = caption(ofStage: stage, sample: sample) else { return nil }
    let isBlank = caption.text.utf8.allSatisfy { $0 <= 0x20 }
    return isBlank || caption.text.utf8.count > Reply.longestCaption ? nil : caption
  }
}
