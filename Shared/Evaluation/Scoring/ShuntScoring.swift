import Cascade
import Classification
import Datasets
import LargeModel
import SmallModel
import Tasks

/// Scores a small model and a large one, each alone and shunted, by a pruning mode.
public struct ShuntScoring: Sendable {
  let task: TaskDefinition
  let artifact: SmallModelArtifact
  private let learnable: SmallModelArtifact?
  let large: any LargeModel
  private let regions: [String: String]
  let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - artifact: the small model, calibrated; its threshold is not looked at.
  ///   - learnable: S2, at the threshold in its card: the shunt then has three stages. The prompt is pruned by what S1 says.
  ///   - regions: head, medium or tail by label; empty where the task has none.
  public init(
    task: TaskDefinition, artifact: SmallModelArtifact, learnable: SmallModelArtifact? = nil, large: any LargeModel,
    regions: [String: String] = [:], step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) {
    self.task = task
    self.artifact = artifact
    self.learnable = learnable
    self.large = large
    self.regions = regions
    self.step = step
  }

  /// What both models say of labelled texts.
  public struct Answers: Sendable {
    /// The texts.
    public let texts: LabelledTexts
    /// [texts]: S1's.
    public let small: [TopLabel]
    /// [texts]: what came of the large model's answer; `nil` where it gave none.
    public let conclusions: [PromptPruner.Conclusion?]
    /// [texts]: the probability of the large model's own best label; `nil` where it gave none.
    public let largeBest: [Float?]

    var large: [Int?] { conclusions.map { $0?.label } }

    /// The shunt at every threshold.
    public var curve: ThresholdCurve { HeldOutAnswers(small: small, next: large, classes: texts.classes).curve }
  }

  /// The figures at one threshold.
  public struct Figures: Sendable {
    /// The small model alone.
    public let small: ModelFigures
    /// The large model alone.
    public let large: ModelFigures
    /// Both, shunted.
    public let shunt: ShuntFigures

    /// Figures side by side.
    public init(small: ModelFigures, large: ModelFigures, shunt: ShuntFigures) {
      self.small = small
      self.large = large
      self.shunt = shunt
    }
  }

  /// The prunings that can change something: recorded answers carry no probabilities to weigh and cannot be asked about
  /// fewer candidates, and of as few candidates as must stay none can be removed.
  public var possibleModes: [PruningMode] {
    if task.largeModel.kind == .recorded { return [.none] }
    return artifact.card.labels.count > task.pruning.hard.keepsAtLeast ? PruningMode.allCases : [.none, .soft]
  }

  /// Asks both models about every text, once for each set of candidates where the small model's probabilities are
  /// weighed in afterwards, and once for each pruning where they stand in the prompt.
  public func answers(
    _ texts: LabelledTexts, pruning modes: [PruningMode], name: String
  ) async throws -> [PruningMode: Answers] {
    // Above every confidence, so that nothing is decided and S1's probabilities are known for each text.
    let undecided = try SmallModelCascade([specific(threshold: ThresholdCurve.nothingIsEasy)])
    let predictions = try CascadePredictions(undecided, texts: texts.rows.map(\.text))
    let labels = LabelIndex(artifact.card.labels)
    let small = predictions.pruning(labels: labels, prior: artifact.card.prior, lastStage: 0)
    let specific = predictions.specific.map { TopLabel($0) }
    var asked: [(modes: [PruningMode], answers: LargeModelAnswers)] = []
    let groups =
      task.pruning.form == .text
      ? modes.map { [$0] } : [modes.filter { !$0.prunesCandidates }, modes.filter(\.prunesCandidates)]
    for group in groups where !group.isEmpty {
      let what = group.map(\.rawValue).joined(separator: " and ")
      step(.stage("asking the large model about \(texts.rows.count) \(name) rows, pruning \(what)"))
      asked.append((group, try await ask(about: texts.rows, pruners: group.map(pruner), small: small)))
    }
    let kept = answeredRows(asked.map(\.answers), name)
    var answers: [PruningMode: Answers] = [:]
    for (modes, asked) in asked {
      for (mode, conclusions) in zip(modes, asked.conclusions) {
        answers[mode] = Answers(
          texts: texts.only(kept), small: kept.map { specific[$0] }, conclusions: kept.map { conclusions[$0] },
          largeBest: kept.map { asked.best[$0] })
      }
    }
    return answers
  }

  func ask(about rows: [DataRow], pruners: [PromptPruner], small: [[Float]]) async throws -> LargeModelAnswers {
    var batching = LargeModelAnswers.Batching()
    // A server is asked row by row, as many at once as it takes, so that each failure is heard of when it happens.
    if task.largeModel.kind == .chatCompletions {
      (batching.rows, batching.calls) = (1, task.largeModel.server.client.concurrency)
    }
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
      step(.stage("\(missing) of \(count) \(name) rows got no answer and are left out of the figures: \(first.words)"))
    }
    return failures.indices.filter { failures[$0] == nil }
  }

  /// Scores answers at a threshold, by the code that the router runs.
  public func figures(_ answers: Answers, threshold: Float) throws -> Figures {
    let texts = answers.texts
    let decided = try CascadePredictions(cascade(threshold: threshold), texts: texts.rows.map(\.text))
    let outcomes = decided.outcomes(large: answers.conclusions, texts: texts, regions: regions)
    return Figures(
      small: alone(answers.small.map(\.label), texts, calibration: calibrationError(answers)),
      large: alone(answers.large, texts, calibration: nil), shunt: shunted(outcomes, threshold))
  }

  func cascade(threshold: Float) throws -> SmallModelCascade {
    try SmallModelCascade([specific(threshold: threshold)] + (learnable.map { [(.learnable, $0)] } ?? []))
  }

  private func specific(threshold: Float) throws -> SmallModelCascade.Stored {
    var card = artifact.card
    card.thresholds[ModelCard.shuntThreshold] = Double(threshold)
    return (.specific, try artifact.with(card))
  }

  func pruner(_ mode: PruningMode) -> PromptPruner {
    PromptPruner(settings: task.pruning, mode: mode, classCount: artifact.card.labels.count, facts: artifact.card.facts)
  }

  private func calibrationError(_ answers: Answers) -> Double {
    Double(
      CalibrationError.expected(
        confidences: answers.small.map(\.probability),
        qualities: zip(answers.small, answers.texts.classes).map { LabelQuality.of($0.label, truth: $1) }))
  }

  private func alone(_ answers: [Int?], _ texts: LabelledTexts, calibration: Double?) -> ModelFigures {
    let outcomes = answers.indices.map { index in
      ScoredSample(
        groups: SampleGroup.groups(of: texts.rows[index], regions: regions),
        outcome: CascadeOutcome(
          quality: LabelQuality.of(answers[index], truth: texts.classes[index]), asksLarge: false, confidence: nil))
    }
    return ModelFigures(
      accuracy: Score(outcomes.map(\.outcome)).accuracy, calibrationError: calibration,
      regions: filled(outcomes.scores(by: .region)))
  }

  private func shunted(_ outcomes: [ScoredSample], _ threshold: Float) -> ShuntFigures {
    let score = Score(outcomes.map(\.outcome))
    return ShuntFigures(
      accuracy: score.accuracy, queryShare: score.queryShare, threshold: threshold,
      regions: filled(outcomes.scores(by: .region)), categories: filled(outcomes.scores(by: .category)))
  }

  private func filled(_ scores: [String: Score]) -> [String: Score]? { scores.isEmpty ? nil : scores }
}
