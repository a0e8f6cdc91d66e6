import Cascade
import LargeModel
import SmallModel
import Tasks

/// Chooses a threshold on held-out rows and scores on test rows, once for each pruning mode.
struct PruningScoring {
  let task: TaskDefinition
  let artifact: SmallModelArtifact
  let large: any LargeModel
  let regions: [String: String]
  let step: @Sendable (ExperimentStep) -> Void

  /// The figures of one mode.
  struct Result {
    let small: ExperimentReport.Alone
    let large: ExperimentReport.Alone
    let shunt: ExperimentReport.Shunted
    let curve: ThresholdCurve
  }

  mutating func score(heldOut: LabelledTexts, test: LabelledTexts) async throws -> [PruningMode: Result] {
    // Above every confidence, so that S1's probabilities are known for each row and nothing is decided.
    let undecided = try cascade(threshold: ThresholdCurve.nothingIsEasy)
    let onHeldOut = try CascadePredictions(undecided, texts: heldOut.rows.map(\.text))
    let onTest = try CascadePredictions(undecided, texts: test.rows.map(\.text))
    var results: [PruningMode: Result] = [:]
    for mode in modes {
      let pruner = pruner(mode)
      let heldOutLarge = try await ask(heldOut, onHeldOut, pruner, "held-out rows, pruning \(mode.rawValue)")
      let testLarge = try await ask(test, onTest, pruner, "test rows, pruning \(mode.rawValue)")
      let small = onHeldOut.specific.map { Confidence($0) }
      let curve = HeldOutAnswers(small: small, next: heldOutLarge.labels, classes: heldOut.classes).curve
      let point = try task.threshold.choose(from: curve)
      let decided = try CascadePredictions(cascade(threshold: point.threshold), texts: test.rows.map(\.text))
      let outcomes = CascadeScoring.outcomes(decided, large: testLarge.labels, texts: test, region: region)
      results[mode] = Result(
        small: alone(onTest.specific.map { Confidence($0).label }, test, calibration: calibrationError(small, heldOut)),
        large: alone(testLarge.labels, test, calibration: nil), shunt: shunted(outcomes, point), curve: curve)
    }
    return results
  }

  /// Recorded answers carry no probabilities to weigh, and cannot be asked about fewer candidates.
  private var modes: [PruningMode] { task.largeModel.kind == .recorded ? [.none] : PruningMode.allCases }

  private func cascade(threshold: Float) throws -> SmallModelCascade {
    var card = artifact.card
    card.thresholds[ModelCard.shuntThreshold] = Double(threshold)
    return try SmallModelCascade([(.specific, artifact.with(card))])
  }

  private func pruner(_ mode: PruningMode) -> PromptPruner {
    var settings = task.pruning
    settings.mode = mode
    return PromptPruner(settings: settings, classCount: artifact.card.labels.count, facts: artifact.card.facts)
  }

  private func ask(
    _ texts: LabelledTexts, _ predictions: CascadePredictions, _ pruner: PromptPruner, _ what: String
  ) async throws -> LargeModelAnswers {
    step(.stage("asking the large model about \(texts.rows.count) \(what)"))
    let labels = LabelIndex(artifact.card.labels)
    let small = predictions.pruning(labels: labels, prior: artifact.card.prior, lastStage: 0)
    return try await LargeModelAnswers.ask(large, about: texts.rows, pruner: pruner, small: small) {
      step(.progress("texts", $0, of: texts.rows.count))
    }
  }

  private func region(_ label: Int) -> String? { regions[artifact.card.labels[label]] }

  private func calibrationError(_ small: [Confidence], _ heldOut: LabelledTexts) -> Double {
    Double(
      CalibrationError.expected(
        confidences: small.map(\.probability), areRight: zip(small, heldOut.classes).map { $0.label == $1 }))
  }

  private func alone(_ answers: [Int?], _ texts: LabelledTexts, calibration: Double?) -> ExperimentReport.Alone {
    let outcomes = zip(answers, texts.classes).map {
      ScoredSample(isRight: $0 == $1, askedLarge: false, region: region($1), category: nil)
    }
    return ExperimentReport.Alone(
      accuracy: Score(outcomes).accuracy, calibrationError: calibration, regions: filled(outcomes.scores(by: \.region)))
  }

  private func shunted(_ outcomes: [ScoredSample], _ point: ThresholdCurve.Point) -> ExperimentReport.Shunted {
    let score = Score(outcomes)
    return ExperimentReport.Shunted(
      accuracy: score.accuracy, queryShare: score.queryShare, threshold: point.threshold,
      regions: filled(outcomes.scores(by: \.region)), categories: filled(outcomes.scores(by: \.category)))
  }

  private func filled(_ scores: [String: Score]) -> [String: Score]? { scores.isEmpty ? nil : scores }
}
