import Cascade
import Classification
import Datasets
import LargeModel
import SmallModel
import Tasks

/// Scores small models and a large one, each alone and shunted, by a pruning mode.
public struct ShuntScoring: Sendable {
  let task: TaskDefinition
  /// The small models in their order, S1 first.
  public private(set) var stages: [SmallModelCascade.Stored]
  /// [stages]
  let predictors: [any SmallModelPredictor]
  let large: any LargeModel
  private let regions: [String: String]
  let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - stages: the small models in their order, S1 first. The prompt is pruned by what the last of them says, an S2
  ///     left out: it is S1's copy.
  ///   - options: how the small models are made ready to answer.
  ///   - regions: head, medium or tail by label; empty where the task has none.
  /// - Throws: `EvaluationError` without a small model; what keeps one from answering.
  public init(
    task: TaskDefinition, stages: [SmallModelCascade.Stored], large: any LargeModel,
    options: PredictorOptions = PredictorOptions(), regions: [String: String] = [:],
    step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) throws {
    guard !stages.isEmpty else { throw EvaluationError("there is no small model to score") }
    _ = try SmallModelCascade.labels(of: stages)
    self.task = task
    self.stages = stages
    predictors = try stages.map { try $0.artifact.predictor(options) }
    self.large = large
    self.regions = regions
    self.step = step
  }

  /// The same networks with other cards, for instance after calibration.
  func with(_ stages: [SmallModelCascade.Stored]) -> ShuntScoring {
    var scoring = self
    scoring.stages = stages
    return scoring
  }

  /// What all models say of labelled inputs.
  public struct Answers: Sendable {
    /// What they were asked about.
    public let inputs: LabelledInputs
    /// [inputs]: what came of the large model's answer; `nil` where it gave none.
    public let conclusions: [PromptPruner.Conclusion?]
    /// [inputs]: the probability of the large model's own best label; `nil` where it gave none.
    public let largeBest: [Float?]
    /// The inputs with the large model's answers.
    let samples: HeldOutSamples
    /// [stages]: what each small model says of all inputs.
    let logits: [Logits]
  }

  /// The figures of one cascade.
  public struct Figures: Sendable {
    /// S1 alone.
    public let small: ModelFigures
    /// The further small model between it and the large one alone, where there is one.
    public let intermediate: ModelFigures?
    /// The large model alone.
    public let large: ModelFigures
    /// All, shunted.
    public let shunt: ShuntFigures

    /// Figures side by side.
    public init(
      small: ModelFigures, intermediate: ModelFigures? = nil, large: ModelFigures, shunt: ShuntFigures
    ) {
      self.small = small
      self.intermediate = intermediate
      self.large = large
      self.shunt = shunt
    }
  }

  /// The prunings that can change something: a model whose probabilities are not its own and that cannot be asked about
  /// fewer candidates gains by none, and of as few candidates as must stay none can be removed.
  public var possibleModes: [PruningMode] {
    let traits = task.largeModel.traits
    if !traits.givesProbabilities, !traits.takesFewerCandidates { return [.none] }
    return stages[0].artifact.card.labels.count > task.pruning.hard.keepsAtLeast
      ? PruningMode.allCases : [.none, .soft]
  }

  /// Asks all models about every input, the large one once for each set of candidates where the small model's probabilities
  /// are weighed in afterwards, and once for each pruning where they stand in the prompt.
  public func answers(
    _ inputs: LabelledInputs, pruning modes: [PruningMode], name: String
  ) async throws -> [PruningMode: Answers] {
    let logits = try predictors.map { try Logits($0, inputs.inputs) }
    let small = pruningDistributions(logits)
    var asked: [(modes: [PruningMode], answers: LargeModelAnswers)] = []
    for group in groups(modes) {
      let what = group.map(\.rawValue).joined(separator: " and ")
      step(.stage("the large model's answers to \(inputs.rows.count) \(name) rows, pruning \(what)"))
      asked.append((group, try await ask(about: inputs.rows, pruners: group.map(pruner), small: small)))
    }
    let kept = answeredRows(asked.map(\.answers), name)
    var answers: [PruningMode: Answers] = [:]
    for (modes, asked) in asked {
      for (mode, conclusions) in zip(modes, asked.conclusions) {
        answers[mode] = Answers(
          inputs.only(kept), conclusions: kept.map { conclusions[$0] }, largeBest: kept.map { asked.best[$0] },
          logits: logits.map { $0.only(kept) }, regions: regions)
      }
    }
    return answers
  }

  /// What `answers` would ask the large model.
  public func questions(_ inputs: LabelledInputs, pruning modes: [PruningMode]) throws -> [LargeModelRequest] {
    let small = pruningDistributions(try predictors.map { try Logits($0, inputs.inputs) })
    return groups(modes).flatMap { group in
      LargeModelAnswers.questions(about: inputs.rows, pruner: pruner(group[0]), small: small).map(\.request)
    }
  }

  /// Prunings that can be concluded from the same answers.
  private func groups(_ modes: [PruningMode]) -> [[PruningMode]] {
    task.pruning.form == .text
      ? modes.map { [$0] }
      : [modes.filter { !$0.prunesCandidates }, modes.filter(\.prunesCandidates)].filter { !$0.isEmpty }
  }

  /// [inputs][classes]: what the model that prunes the prompt holds probable, as a message to the large model carries it.
  private func pruningDistributions(_ logits: [Logits]) -> [[Float]] {
    let labels = LabelIndex(stages[0].artifact.card.labels)
    let stage = pruningStage
    let (logits, card) = (logits[stage], stages[stage].artifact.card)
    return logits.indices.map { input in
      let probabilities = logits.probabilities(input, temperature: Float(card.temperature))
      return LabelDistribution(labels: labels, probabilities: probabilities).expanded(over: labels, prior: card.prior)
    }
  }

  /// Which small model prunes the prompt.
  var pruningStage: Int { stages.lastIndex { $0.answeredBy != .learnable } ?? 0 }

  func ask(about rows: [DataRow], pruners: [PromptPruner], small: [[Float]]) async throws -> LargeModelAnswers {
    let batching = LargeModelAnswers.Batching(concurrency: task.largeModel.traits.concurrency)
    return try await LargeModelAnswers.ask(large, about: rows, pruners: pruners, small: small, batching: batching) {
      [step] in step(.progress($0.note, $0.done, of: $0.total))
    }
  }

  /// The rows that the large model answered each time. One without an answer is no wrong answer: it is left out of the
  /// figures, and that is said.
  private func answeredRows(_ asked: [LargeModelAnswers], _ name: String) -> [Int] {
    guard let count = asked.first?.failures.count else { return [] }
    let failures = (0..<count).map { row in asked.lazy.compactMap { $0.failures[row] }.first }
    if let first = failures.lazy.compactMap(\.self).first {
      let missing = failures.count { $0 != nil }
      step(.leftOut(missing, of: count, name, because: first))
    }
    return failures.indices.filter { failures[$0] == nil }
  }

  func pruner(_ mode: PruningMode) -> PromptPruner {
    let card = stages[pruningStage].artifact.card
    return PromptPruner(settings: task.pruning, mode: mode, classCount: card.labels.count, facts: card.facts)
  }
}

extension ShuntScoring.Answers {
  init(
    _ inputs: LabelledInputs, conclusions: [PromptPruner.Conclusion?], largeBest: [Float?], logits: [Logits],
    regions: [String: String]
  ) {
    self.init(
      inputs: inputs, conclusions: conclusions, largeBest: largeBest,
      samples: HeldOutSamples(inputs, conclusions: conclusions, regions: regions), logits: logits)
  }
}
