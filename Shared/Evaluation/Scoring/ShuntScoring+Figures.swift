import Cascade
import Classification
import SmallModel

extension ShuntScoring {
  /// The stages with T and δ of their cards, and what they say of some inputs.
  /// - Throws: `SmallModelError` where a card has no threshold.
  func fitted(_ answers: Answers) throws -> [FittedStage] {
    try zip(stages, answers.logits).map { stored, logits in
      FittedStage(
        stage: try stored.artifact.stage(stored.answeredBy), temperature: Float(stored.artifact.card.temperature),
        logits: logits)
    }
  }

  /// The stages with what was fitted of them, and what they say of some inputs.
  func fitted(_ answers: Answers, _ fits: [StageFit]) -> [FittedStage] {
    zip(open(answers), fits).map { $0.fitted($1) }
  }

  /// Fits T and δ of all stages by a rule. S1's T stays as its card has it: it was fitted on all samples already.
  func fits(_ answers: Answers, by rule: ThresholdRule) -> [StageFit] {
    CascadeCalibration(samples: answers.samples, rule: rule).fit(open(answers), on: answers.samples.indices)
  }

  /// The task's rule. Where it is to be near the best, that is the best of all stages and prunings together, so it is the
  /// floor at which they may save.
  func rule(for answers: [PruningMode: Answers]) -> ThresholdRule {
    task.threshold.nearBest(of: answers.values.map { fits($0, by: .bestAccuracy) })
  }

  private func open(_ answers: Answers) -> [OpenStage] {
    zip(stages, answers.logits).map { stored, logits in
      let card = stored.artifact.card
      return OpenStage(
        answeredBy: stored.answeredBy, version: card.version,
        temperature: stored.answeredBy == .specific ? Float(card.temperature) : nil, logits: logits)
    }
  }

  /// Scores answers by the cards' T and δ.
  /// - Throws: `SmallModelError` where a card has no threshold.
  public func figures(_ answers: Answers) throws -> Figures { figures(answers, try fitted(answers)) }

  /// The shunt at every threshold of S1, the other stages as their cards have them.
  /// - Throws: `SmallModelError` where a card has no threshold.
  public func curve(_ answers: Answers) throws -> ThresholdCurve {
    CascadeCalibration(samples: answers.samples, rule: task.threshold).fit(
      open(answers)[0], between: [], and: Array(try fitted(answers).dropFirst()), on: answers.samples.indices
    ).curve
  }

  func figures(_ answers: Answers, _ stages: [FittedStage]) -> Figures {
    let samples = answers.samples
    return Figures(
      small: alone(stages[0], samples),
      intermediate: stages.first { $0.stage.answeredBy == .intermediate }.map { alone($0, samples) },
      large: alone(samples.large.map(\.label), samples, calibration: nil),
      shunt: ShuntFigures(samples.scored(stages), threshold: stages[0].stage.threshold))
  }

  private func alone(_ stage: FittedStage, _ samples: HeldOutSamples) -> ModelFigures {
    let top = stage.logits.answers(temperature: stage.temperature).top
    let error = CalibrationError.expected(
      confidences: top.map(\.probability),
      qualities: zip(top, samples.truths).map { LabelQuality.of($0.label, truth: $1) })
    return alone(top.map(\.label), samples, calibration: Double(error))
  }

  private func alone(_ labels: [Int?], _ samples: HeldOutSamples, calibration: Double?) -> ModelFigures {
    let outcomes = labels.indices.map { index in
      ScoredSample(
        groups: samples.groups[index],
        outcome: CascadeOutcome(
          quality: LabelQuality.of(labels[index], truth: samples.truths[index]), asksLarge: false, confidence: nil))
    }
    return ModelFigures(outcomes, calibrationError: calibration)
  }
}

extension ShuntScoring.Answers {
  /// What S1 says of each input, with nothing but the large model behind it.
  public func outcomes(temperature: Float) -> [HeldOutOutcome] {
    zip(samples.indices, samples.outcomes(samples.indices, of: [])).map { sample, large in
      samples.outcome(
        sample, samples.reply(of: logits[0], to: sample, temperature: temperature), before: large)
    }
  }
}
