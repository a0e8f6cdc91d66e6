import Cascade
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
  let step: @Sendable (ExperimentStep) -> Void

  /// - Parameters:
  ///   - artifact: the small model, calibrated; its threshold is not looked at.
  ///   - learnable: S2, at the threshold in its card: the shunt then has three stages. The prompt is pruned by what S1 says.
  ///   - regions: head, medium or tail by label; empty where the task has none.
  public init(
    task: TaskDefinition, artifact: SmallModelArtifact, learnable: SmallModelArtifact? = nil, large: any LargeModel,
    regions: [String: String] = [:], step: @escaping @Sendable (ExperimentStep) -> Void = { _ in }
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
    public let small: [Confidence]
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
    public let small: ExperimentReport.Alone
    /// The large model alone.
    public let large: ExperimentReport.Alone
    /// Both, shunted.
    public let shunt: ExperimentReport.Shunted

    /// Figures side by side.
    public init(small: ExperimentReport.Alone, large: ExperimentReport.Alone, shunt: ExperimentReport.Shunted) {
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
    let specific = predictions.specific.map { Confidence($0) }
    var answers: [PruningMode: Answers] = [:]
    let groups =
      task.pruning.form == .text
      ? modes.map { [$0] } : [modes.filter { !$0.prunesCandidates }, modes.filter(\.prunesCandidates)]
    for group in groups where !group.isEmpty {
      let what = group.map(\.rawValue).joined(separator: " and ")
      step(.stage("asking the large model about \(texts.rows.count) \(name) rows, pruning \(what)"))
      let asked = try await LargeModelAnswers.ask(large, about: texts.rows, pruners: group.map(pruner), small: small) {
        step(.progress("texts", $0, of: texts.rows.count))
      }
      for (mode, conclusions) in zip(group, asked.conclusions) {
        answers[mode] = Answers(
          texts: texts, small: specific, conclusions: conclusions, largeBest: asked.best)
      }
    }
    return answers
  }

  /// Scores answers at a threshold, by the code that the router runs.
  public func figures(_ answers: Answers, threshold: Float) throws -> Figures {
    let texts = answers.texts
    let decided = try CascadePredictions(cascade(threshold: threshold), texts: texts.rows.map(\.text))
    let outcomes = CascadeScoring.outcomes(decided, large: answers.large, texts: texts, region: region)
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

  private func region(_ label: Int) -> String? { regions[artifact.card.labels[label]] }

  private func calibrationError(_ answers: Answers) -> Double {
    Double(
      CalibrationError.expected(
        confidences: answers.small.map(\.probability),
        areRight: zip(answers.small, answers.texts.classes).map { $0.label == $1 }))
  }

  private func alone(_ answers: [Int?], _ texts: LabelledTexts, calibration: Double?) -> ExperimentReport.Alone {
    let outcomes = zip(answers, texts.classes).map {
      ScoredSample(isRight: $0 == $1, askedLarge: false, region: region($1), category: nil)
    }
    return ExperimentReport.Alone(
      accuracy: Score(outcomes).accuracy, calibrationError: calibration, regions: filled(outcomes.scores(by: \.region)))
  }

  private func shunted(_ outcomes: [ScoredSample], _ threshold: Float) -> ExperimentReport.Shunted {
    let score = Score(outcomes)
    return ExperimentReport.Shunted(
      accuracy: score.accuracy, queryShare: score.queryShare, threshold: threshold,
      regions: filled(outcomes.scores(by: \.region)), categories: filled(outcomes.scores(by: \.category)))
  }

  private func filled(_ scores: [String: Score]) -> [String: Score]? { scores.isEmpty ? nil : scores }
}
