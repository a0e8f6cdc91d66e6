import Classification
import Content
import Evaluation
import SmallModel
import Tasks

/// Labels: both teachers give distributions, learnt by KL.
extension StageModel: DistilledModel {
  package var card: ModelCard { artifact.card }
  package var labels: LabelIndex? { index }
  package static var largeThreshold: Float { 0.5 }
  private var index: LabelIndex { LabelIndex(artifact.card.labels) }

  package func fitted(on samples: HeldOutSamples) throws -> FittedStage { try fitted(samples.inputs) }

  package func known(_ rows: [HeldOutRow]) -> [HeldOutRow] { rows.known(to: index) }

  package func samples(_ rows: [HeldOutRow]) throws -> HeldOutSamples {
    try HeldOutSamples(rows, labels: index, version: stage.version)
  }

  /// [inputs][labels]: probabilities.
  package func opinions(_ inputs: [Input]) throws -> [[Float]] {
    let logits = try logits(inputs)
    return inputs.indices.map { logits.probabilities($0, temperature: temperature) }
  }

  package func brief(_ opinion: [Float]) -> SpecificOpinion {
    let top = TopLabel(opinion)
    return SpecificOpinion(label: top.label, confidence: top.probability)
  }

  package func lesson(_ rows: [(input: Input, truth: Truth)]) throws -> TrainingExamples {
    let index = index
    let targets = try rows.map { row in
      guard let label = index[row.truth.label] else {
        throw DistillerError(
          "labelled training data have the label \"\(row.truth.label ?? "")\", which S1 does not know")
      }
      return label
    }
    return TrainingExamples(inputs: rows.map(\.input), targets: .labels(targets))
  }

  package func lesson(ofLarge answers: [StreamAnswer]) -> TrainingExamples {
    let index = index
    return TrainingExamples(
      inputs: answers.map(\.input),
      targets: .distributions(answers.flatMap { $0.large?.distribution?.expanded(over: index) ?? [] }))
  }

  package func lesson(_ opinions: [(input: Input, opinion: [Float])]) -> TrainingExamples {
    TrainingExamples(inputs: opinions.map(\.input), targets: .distributions(opinions.flatMap(\.opinion)))
  }

  /// The rule's, with as much of a text as S2 is to read, and labels adjusted for as S1's.
  package func training(_ rule: Distillation.Rule) -> TrainingSettings {
    var training = rule.training
    training.maximumTokens = (rule.learnable?.training ?? card.training).maximumTokens
    training.logitAdjustment = card.training.logitAdjustment
    return training
  }

  package func start(after last: StageModel?, _ rule: Distillation.Rule) -> LessonStart<StageModel> {
    guard let recipe = rule.learnable else { return .model(last ?? self) }
    if let last, recipe.makes(last.artifact.network) { return .model(last) }
    return .nothing(recipe.withoutCheckpoint, insteadOf: self)
  }

  package static func trained(
    _ start: LessonStart<StageModel>, on sources: [TrainingExamples], settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> any SmallModelNetwork {
    try await student(start, sources, progress).trained(
      on: sources, heldOut: nil, settings: settings, progress: progress
    ).network
  }

  /// S2 as it starts. From nothing it is trained by its recipe first, on the labels that its sources hold the most
  /// probable.
  private static func student(
    _ start: LessonStart<StageModel>, _ sources: [TrainingExamples],
    _ progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> any TrainableNetwork {
    switch start {
    case .model(let model): return try model.artifact.network.trainable(model.encoders)
    case .nothing(let recipe, let specific):
      let labels = specific.artifact.card.labels
      let examples = TrainingExamples(
        inputs: sources.flatMap(\.inputs), targets: .labels(sources.flatMap { $0.labels(of: labels.count) }))
      return try await recipe.train(
        examples, heldOut: nil, labels: labels, encoders: specific.encoders, progress: progress
      ).network.trainable(specific.encoders)
    }
  }

  package func student(
    _ network: any SmallModelNetwork, _ card: ModelCard, judgedOn samples: HeldOutSamples, passedOn: [Int]
  ) throws -> StageModel {
    try StageModel(SmallModelArtifact(card: card, network: network), as: .learnable, encoders: encoders)
  }

  package func stored(_ fit: StageFit, _ answers: Logits, on samples: HeldOutSamples) throws -> StoredSmallModel {
    let facts = SmallModelFacts(answers.answers(temperature: fit.temperature), truths: samples.truths)
    var card = card
    card.temperature = Double(fit.temperature)
    card.thresholds = [ModelCard.shuntThreshold: Double(fit.threshold)]
    (card.prior, card.recall, card.precision) = (facts.prior, facts.recall, facts.precision)
    return .classifier(try artifact.with(card))
  }
}
