import Classification
import Content
import Encoders
import Evaluation
import Foundation
import SmallModel
import Tasks

/// What S2 learns from in one round, and what it is then judged by.
struct Lesson: Sendable {
  /// Where S2 starts.
  private enum Start: Sendable {
    /// From a model that there is.
    case model(SmallModelArtifact)
    /// From nothing.
    case nothing(any NetworkRecipe)
  }

  private let start: Start
  /// Labelled data where there are any, stage 1, stage 2.
  let sources: [TrainingExamples]
  /// The rule's, with as much of a text as S2 is to read, and labels adjusted for as S1's.
  let training: TrainingSettings
  let counts: TeacherSelection.Counts
  private let labelledCount: Int
  private let specific: StageModel
  private let learnable: StageModel?
  private let intermediate: StageModel?
  private let heldOut: HeldOutSamples
  private let stream: HeldOutSamples

  init(_ input: Distillation.Input, rule: Distillation.Rule) throws {
    (specific, learnable, intermediate) = (input.specific, input.learnable, input.intermediate)
    let card = input.specific.artifact.card
    let labels = LabelIndex(card.labels)
    if let other = input.learnable?.artifact.card, other.labels != labels.names {
      throw DistillerError(
        "models \(card.version) and \(other.version) have different labels; roll back or retire one")
    }
    var training = rule.training
    training.maximumTokens = (rule.learnable?.training ?? card.training).maximumTokens
    training.logitAdjustment = card.training.logitAdjustment
    self.training = training
    start = Self.start(input, rule)
    let version = specific.stage.version
    heldOut = try HeldOutSamples(input.heldOut, labels: labels, version: version)
    stream = try HeldOutSamples(
      Self.judgeable(input.answers, labels, rule.streamHoldOut), labels: labels, version: version)
    let teachers = try Teachers(input.answers, specific: specific, labels: labels, rule: rule)
    counts = teachers.selection.counts
    labelledCount = input.labelled.count
    sources = [try Self.labelled(input.labelled, labels)].filter { !$0.inputs.isEmpty } + teachers.sources
  }

  private static func start(_ input: Distillation.Input, _ rule: Distillation.Rule) -> Start {
    let last = rule.start == .learnable ? input.learnable?.artifact : nil
    guard let recipe = rule.learnable else { return .model(last ?? input.specific.artifact) }
    if let last, recipe.makes(last.network) { return .model(last) }
    return .nothing(recipe.withoutCheckpoint)
  }

  /// S2 as it starts. From nothing it is trained by its recipe first, on the labels that its sources hold the most
  /// probable.
  func student(
    _ encoders: EncoderLibrary, progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> any TrainableNetwork {
    switch start {
    case .model(let model): return try model.network.trainable(encoders)
    case .nothing(let recipe):
      let labels = specific.artifact.card.labels
      let examples = TrainingExamples(
        inputs: sources.flatMap(\.inputs), targets: .labels(sources.flatMap { $0.labels(of: labels.count) }))
      return try await recipe.train(
        examples, heldOut: nil, labels: labels, encoders: encoders, progress: progress
      ).network.trainable(encoders)
    }
  }

  /// The newest labelled samples of the stream that are kept for the gate.
  private static func judgeable(
    _ answers: [StreamAnswer], _ labels: LabelIndex, _ holdOut: StreamHoldOut
  ) -> [HeldOutRow] {
    let most = 2000
    let kept = answers.filter { holdOut.contains(id: $0.id, isLabelled: $0.trueLabel != nil) }
    return Array(kept.compactMap(\.judgeable).known(to: labels).suffix(most))
  }

  private static func labelled(
    _ rows: [(input: Input, label: String)], _ labels: LabelIndex
  ) throws -> TrainingExamples {
    let targets = try rows.map { row in
      guard let label = labels[row.label] else {
        throw DistillerError("labelled training data have the label \"\(row.label)\", which S1 does not know")
      }
      return label
    }
    return TrainingExamples(inputs: rows.map(\.input), targets: .labels(targets))
  }

  /// Calibrates the trained S2 and lets the gate judge the cascade with it.
  func judge(
    _ network: any SmallModelNetwork, _ input: Distillation.Input, rule: Distillation.Rule
  ) throws -> Distillation.Candidate {
    let blank = blankCard(input.version)
    let predictor = try specific.predictor(of: SmallModelArtifact(card: blank, network: network))
    let calibration = CascadeCalibration(samples: heldOut, rule: rule.threshold)
    let open = OpenStage(
      answeredBy: .learnable, version: input.version, logits: try Logits(predictor, heldOut.inputs))
    let around = try Surroundings(specific, intermediate, heldOut)
    let fit = calibration.fit(open, between: around.before, and: around.after, on: heldOut.indices)
    let onStream = FittedStage(
      stage: open.fitted(fit).stage, temperature: fit.temperature, logits: try Logits(predictor, stream.inputs))
    let aroundStream = try Surroundings(specific, intermediate, stream)
    let verdict = ValidationGate(rule.gate).judge(
      try judged(
        heldOut, around,
        candidate: calibration.crossFittedOutcomes(open, between: around.before, and: around.after)),
      stream: try judged(stream, aroundStream, candidate: aroundStream.outcomes(of: onStream)))
    return Distillation.Candidate(
      artifact: try artifact(
        network, blank, fit: fit,
        facts: SmallModelFacts(open.logits.answers(temperature: fit.temperature), truths: heldOut.truths)),
      role: .learnable, verdict: verdict, counts: counts, thresholdFailure: fit.failure,
      curve: fit.curve.thinned(to: 200))
  }

  private func judged(
    _ samples: HeldOutSamples, _ around: Surroundings, candidate: [CascadeOutcome]
  ) throws -> [JudgedSample] {
    let undistilled = around.outcomes(of: nil)
    let inForce = try learnable.map { around.outcomes(of: try $0.fitted(samples.inputs)) } ?? undistilled
    return samples.indices.map {
      JudgedSample(
        groups: samples.groups[$0], candidate: candidate[$0], inForce: inForce[$0], undistilled: undistilled[$0])
    }
  }

  /// The card of S2 before it is calibrated.
  private func blankCard(_ version: String) -> ModelCard {
    let own = specific.artifact.card
    var parent: String?
    if case .model(let model) = start { parent = model.card.version }
    return ModelCard(
      task: own.task, version: version, parent: parent, createdAt: Date(), labels: own.labels, training: training,
      dataCounts: [
        "stage 1": counts.stage1, "stage 2": counts.stage2, "labelled": labelledCount, "held out": heldOut.count,
        "stream held out": stream.count,
      ])
  }

  private func artifact(
    _ network: any SmallModelNetwork, _ blank: ModelCard, fit: StageFit, facts: SmallModelFacts
  ) throws -> SmallModelArtifact {
    var card = blank
    card.temperature = Double(fit.temperature)
    card.thresholds = [ModelCard.shuntThreshold: Double(fit.threshold)]
    (card.prior, card.recall, card.precision) = (facts.prior, facts.recall, facts.precision)
    return try SmallModelArtifact(card: card, network: network)
  }
}

/// The stages around S2, and what they make of some samples.
private struct Surroundings {
  let samples: HeldOutSamples
  let before: [FittedStage]
  let after: [FittedStage]

  init(_ specific: StageModel, _ intermediate: StageModel?, _ samples: HeldOutSamples) throws {
    self.samples = samples
    before = [try specific.fitted(samples.inputs)]
    after = try intermediate.map { [try $0.fitted(samples.inputs)] } ?? []
  }

  /// What the cascade with an S2, or without one, makes of the samples.
  func outcomes(of learnable: FittedStage?) -> [CascadeOutcome] {
    samples.outcomes(samples.indices, of: before + (learnable.map { [$0] } ?? []) + after)
  }
}

/// The stored answers that teach, as sources of batches.
private struct Teachers {
  let selection: TeacherSelection
  private(set) var sources: [TrainingExamples]

  init(
    _ answers: [StreamAnswer], specific: StageModel, labels: LabelIndex, rule: Distillation.Rule
  ) throws {
    let inputs = answers.map(\.input)
    let logits = try specific.logits(inputs)
    let probabilities = inputs.indices.map { logits.probabilities($0, temperature: specific.temperature) }
    var selectionRule = TeacherSelection.Rule(
      specificThreshold: specific.stage.threshold, largeThreshold: rule.largeThreshold)
    (selectionRule.perLabel, selectionRule.perCategory) = (rule.perLabel, rule.perCategory)
    let rows = answers.enumerated().map { index, answer in
      TeacherRow(
        id: answer.id, sequence: Int64(index), input: answer.input, category: answer.category,
        isHeldOut: rule.streamHoldOut.contains(id: answer.id, isLabelled: answer.trueLabel != nil),
        specific: TopLabel(probabilities[index]), large: answer.large)
    }
    selection = TeacherSelection(rows, labels: labels, rule: selectionRule)
    sources = [
      TrainingExamples(
        inputs: selection.stage1.map { inputs[$0] },
        targets: .distributions(
          selection.stage1.flatMap { answers[$0].large?.distribution?.expanded(over: labels) ?? [] }))
    ]
    guard rule.hasSecondStage else { return }
    sources.append(
      TrainingExamples(
        inputs: selection.stage2.map { inputs[$0] },
        targets: .distributions(selection.stage2.flatMap { probabilities[$0] })))
  }
}
