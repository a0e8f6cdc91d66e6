import Classification
import Content
import Evaluation
import SmallModel

/// Captions: the large model teaches by its sentences (sequence-level distillation, Kim & Rush 2016), S1 by what it holds
/// probable of each word of its own.
extension CaptionStageModel: DistilledModel {
  package var card: ModelCard { artifact.card }
  package var labels: LabelIndex? { nil }
  package static var largeThreshold: Float { 0 }

  package func fitted(on samples: CaptionSamples) throws -> Fitted<CaptionSamples.Answers> { try fitted(samples) }

  package func known(_ rows: [HeldOutRow]) -> [HeldOutRow] {
    rows.filter { $0.truth.captions != nil && $0.large.caption != nil }
  }

  package func samples(_ rows: [HeldOutRow]) throws -> CaptionSamples { try CaptionSamples(rows) }

  package func opinions(_ inputs: [Input]) throws -> [GeneratedCaption] { try captions(inputs) }

  package func brief(_ opinion: GeneratedCaption) -> SpecificOpinion {
    SpecificOpinion(label: nil, confidence: opinion.confidence)
  }

  package func lesson(_ rows: [(input: Input, truth: Truth)]) throws -> CaptionExamples {
    let captions = try rows.map { row in
      guard let captions = row.truth.captions else {
        throw DistillerError("labelled training data have labels, and the task answers with captions")
      }
      return captions
    }
    return CaptionExamples(inputs: rows.map(\.input), targets: .captions(captions))
  }

  package func lesson(ofLarge answers: [StreamAnswer]) -> CaptionExamples {
    CaptionExamples(
      inputs: answers.map(\.input), targets: .captions(answers.map { $0.large?.reply.caption.map { [$0] } ?? [] }))
  }

  package func lesson(_ opinions: [(input: Input, opinion: GeneratedCaption)]) throws -> CaptionExamples {
    let inputs = opinions.map(\.input)
    return CaptionExamples(inputs: inputs, targets: .distributions(try distributions(inputs)))
  }

  /// As S1 was trained, but for the rule's few epochs at a lower rate: S2 goes on from there.
  package func training(_ rule: Distillation.Rule) -> TrainingSettings {
    var training = card.training
    (training.epochs, training.heldOutShare) = (rule.captionEpochs, 0)
    training.learningRate = rule.captionLearningRate ?? training.learningRate / 3
    (training.seed, training.threads) = (rule.training.seed, rule.training.threads)
    return training
  }

  package func start(after last: CaptionStageModel?, _ rule: Distillation.Rule) -> LessonStart<CaptionStageModel> {
    .model(last ?? self)
  }

  package static func trained(
    _ start: LessonStart<CaptionStageModel>, on sources: [CaptionExamples], settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> any CaptionerNetwork {
    guard case .model(let model) = start else { throw DistillerError("a captioner that learns is a copy of S1") }
    return try await model.artifact.network.trainable(model.encoders)
      .trained(on: sources, heldOut: nil, settings: settings, progress: progress).network
  }

  /// Its confidence is the quality to be expected of what S1 passes on.
  package func student(
    _ network: any CaptionerNetwork, _ card: ModelCard, judgedOn samples: CaptionSamples, passedOn: [Int]
  ) throws -> CaptionStageModel {
    var card = card
    (card.temperature, card.calibration) = (artifact.card.temperature, artifact.card.calibration)
    var student = try CaptionerArtifact(card: card, network: network)
    if !passedOn.isEmpty {
      student = try student.calibrated(
        on: passedOn.map { samples.inputs[$0] }, references: passedOn.map { samples.references[$0] },
        encoders: encoders)
    }
    return try CaptionStageModel(student, as: .learnable, encoders: encoders)
  }

  package func stored(
    _ fit: StageFit, _ answers: CaptionSamples.Answers, on samples: CaptionSamples
  ) throws -> StoredSmallModel {
    var card = card
    card.thresholds = [ModelCard.shuntThreshold: Double(fit.threshold)]
    return .captioner(try artifact.with(card))
  }
}
