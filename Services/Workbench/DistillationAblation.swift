import Evaluation
import Cascade
import Classification
import Datasets
import Distiller
import Encoders
import Experiments
import LargeModel
import SmallModel
import Tasks

/// What each part of distillation is worth, offline: the whole stream at once, the same S1, the same answers of the
/// large model, the same test rows. The prompt is pruned by what S1 says, as in the first round of the running system.
public struct DistillationAblation: Sendable {
  private let task: TaskDefinition
  private let data: ExperimentData
  private let outcome: ExperimentRun.Outcome
  private let large: any LargeModel
  private let pruner: PromptPruner
  private let encoders: EncoderLibrary
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - data: its rows, with a stream.
  ///   - outcome: the models before distillation.
  /// - Throws: `DatasetError` without a stream; what is wrong with the large model.
  public init(
    task: TaskDefinition, data: ExperimentData, outcome: ExperimentRun.Outcome, models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) async throws {
    self.data = try data.withoutTestInStream()
    (self.task, self.outcome, self.step) = (task, outcome, step)
    encoders = EncoderLibrary(models)
    let card = outcome.small.card
    large = try await LargeModelFactory(models: models)
      .make(task, labels: card.labels, head: outcome.head, recording: data.recording)
    pruner = PromptPruner(
      settings: task.pruning, mode: task.pruning.chosenMode ?? card.pruning, classCount: card.labels.count,
      facts: card.facts)
  }

  /// One way to distil.
  private struct Variant {
    let name: String
    var hasSecondStage = true
    var isLabelled = true
    var isPoisoned = false
  }

  /// The paper's names: DS is all of it, 2CD the two-stage confidence distillation, PP the prompt pruning.
  private static let variants = [
    Variant(name: "DS, stage 1 only", hasSecondStage: false, isLabelled: false),
    Variant(name: "DS, no labelled data", isLabelled: false), Variant(name: "DS"),
    Variant(name: "DS, poisoned teacher", isPoisoned: true),
  ]

  /// Runs it.
  /// - Returns: rows without distillation, with and without pruning of the prompt, then one each way to distil.
  public func run() async throws -> [AblationFigures] {
    let stream = try await ask(data.stream, "stream")
    let test = try await ask(data.test, "test")
    var rows = [try score(nil, test, name: "DS-2CD", verdict: nil)]
    if let plain = outcome.report.prompt[PruningMode.none.rawValue] {
      rows.insert(AblationFigures(name: "DS-PP-2CD", plain), at: 0)
    }
    for variant in Self.variants {
      step(.stage("distilling: \(variant.name)"))
      let answers = variant.isPoisoned ? poisoned(stream) : stream
      switch try await distil(variant, answers) {
      case .judged(let candidate):
        rows.append(try score(candidate.model.classifier, test, name: variant.name, verdict: candidate.verdict.summary))
      case .nothingToLearn(_, let reason):
        rows.append(try score(nil, test, name: variant.name, verdict: "no S2: \(reason)"))
      }
    }
    return rows
  }

  /// What the large model says of the rows that S1 is unsure of, [rows].
  private func ask(_ rows: [DataRow], _ name: String) async throws -> [PromptPruner.Conclusion?] {
    let card = outcome.small.card
    let predictions = try CascadePredictions(
      SmallModelCascade([(.specific, outcome.small)], options: PredictorOptions(encoders: encoders)),
      inputs: rows.map(\.input))
    let hard = rows.indices.filter { predictions.easy($0) == nil }
    let small = predictions.pruning(labels: LabelIndex(card.labels), prior: card.prior, lastStage: 0)
    step(.stage("asking the large model about \(hard.count) of \(rows.count) \(name) rows"))
    let asked = try await LargeModelAnswers.ask(
      large, about: hard.map { rows[$0] }, pruners: [pruner], small: hard.map { small[$0] }
    ) { [step] in step(.progress($0.note, $0.done, of: $0.total)) }
    var answers = [PromptPruner.Conclusion?](repeating: nil, count: rows.count)
    for (row, conclusion) in zip(hard, asked.conclusions[0]) { answers[row] = conclusion }
    return answers
  }

  /// Of every third class, 30 % of the answers say the class after it instead, as surely.
  private func poisoned(_ answers: [PromptPruner.Conclusion?]) -> [PromptPruner.Conclusion?] {
    var generator = SplitMix64(seed: outcome.report.seed)
    let classCount = outcome.small.card.labels.count
    return answers.map { answer in
      guard var wrong = answer else { return nil }
      if wrong.label % 3 == 0, Double.random(in: 0..<1, using: &generator) < 0.3 {
        let label = wrong.label
        wrong.label = (label + 1) % classCount
        wrong.probabilities?.swapAt(label, wrong.label)
      }
      return wrong
    }
  }

  private func distil(_ variant: Variant, _ answers: [PromptPruner.Conclusion?]) async throws -> Distillation.Outcome {
    var rule = outcome.distillation(data.distillation, learnable: task.learnableModel)
    rule.hasSecondStage = variant.hasSecondStage
    let epochs = rule.training.epochs
    let labels = LabelIndex(outcome.small.card.labels)
    let labelled = variant.isLabelled ? data.training : []
    let input = Distillation.Input(
      specific: try StageModel(outcome.small, as: .specific, encoders: encoders), learnable: nil,
      answers: zip(data.stream, answers).map { row, answer in
        StreamAnswer(
          id: row.id, input: row.input, category: row.category, truth: nil,
          large: answer.map { answer in
            LargeOpinion(
              label: labels.names[answer.label],
              distribution: answer.probabilities.map { LabelDistribution(labels: labels, probabilities: $0) })
          })
      }, heldOut: outcome.heldOutRows(regions: data.regions),
      labelled: labelled.compactMap { row in row.truth.map { (row.input, $0) } }, version: variant.name)
    return try await Distillation(rule).run(input) { [step] in step(.progress("epochs", $0.number, of: epochs)) }
  }

  private func score(
    _ learnable: SmallModelArtifact?, _ answers: [PromptPruner.Conclusion?], name: String, verdict: String?
  ) throws -> AblationFigures {
    let labels = outcome.small.card.labels
    let cascade = try SmallModelCascade(
      [(.specific, outcome.small)] + (learnable.map { [(.learnable, $0)] } ?? []),
      options: PredictorOptions(encoders: encoders))
    let inputs = try LabelledInputs(data.test, labels: LabelIndex(labels))
    let outcomes = try CascadePredictions(cascade, inputs: inputs.inputs)
      .outcomes(large: answers, inputs: inputs, regions: data.regions)
    return AblationFigures(
      name: name, score: Score(outcomes.map(\.outcome)), regions: outcomes.namedScores(by: .region), verdict: verdict)
  }
}

extension ExperimentData {
  /// The data with a stream to distil from: what figures are taken on must not have taught.
  /// - Throws: `DatasetError` without a stream.
  func withoutTestInStream() throws -> ExperimentData {
    let tested = Set(test.map(\.id))
    var data = self
    data.stream.removeAll { tested.contains($0.id) }
    guard !data.stream.isEmpty else { throw DatasetError("this data set has no stream to distil from") }
    return data
  }
}
