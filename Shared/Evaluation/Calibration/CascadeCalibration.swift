import Cascade

/// T and δ of the stages of a cascade, each fitted on what the stages before it pass on.
package struct CascadeCalibration<Samples: JudgedSamples>: Sendable {
  private let samples: Samples
  private let rule: ThresholdRule

  /// Fits by a rule, which is the whole cascade's.
  package init(samples: Samples, rule: ThresholdRule) {
    self.samples = samples
    self.rule = rule
  }

  /// More rounds than this change nothing that is worth their time.
  private static var mostRounds: Int { 10 }

  /// Fits all small models of a cascade, in their order.
  ///
  /// What a stage passes on is answered by those after it, which are fitted later. So all are first fitted from the last
  /// one back, as if each saw every sample; then from the first one on, each round with what the round before found of the
  /// later ones, until nothing changes. Of all rounds the one is kept that the rule likes best.
  /// - Parameter indices: the samples to fit on.
  package func fit(_ stages: [Open<Samples.Answers>], on indices: [Int]) -> [StageFit] {
    var later: [Fitted<Samples.Answers>] = []
    for stage in stages.reversed() {
      later.insert(stage.fitted(fit(stage, between: [], and: later, on: indices)), at: 0)
    }
    var best: (fits: [StageFit], score: Score)?
    for _ in 0..<Self.mostRounds {
      let fits = round(stages, later, indices)
      let fitted = zip(stages, fits).map { $0.fitted($1) }
      let score = Score(samples.outcomes(indices, of: fitted))
      if best.map({ rule.prefers(score.figures, to: $0.score.figures) }) ?? true { best = (fits, score) }
      if fitted.map(\.stage) == later.map(\.stage) { break }
      later = fitted
    }
    return best?.fits ?? []
  }

  /// One round from the first stage on.
  /// - Parameter known: all stages, as the later ones are taken to be.
  private func round(_ stages: [Open<Samples.Answers>], _ known: [Fitted<Samples.Answers>], _ indices: [Int])
    -> [StageFit]
  {
    var (fits, earlier): ([StageFit], [Fitted<Samples.Answers>]) = ([], [])
    for (place, stage) in stages.enumerated() {
      let fit = fit(stage, between: earlier, and: Array(known[(place + 1)...]), on: indices)
      fits.append(fit)
      earlier.append(stage.fitted(fit))
    }
    return fits
  }

  /// Fits one stage, with those around it as they are.
  /// - Parameters:
  ///   - earlier: the stages before it, in order.
  ///   - later: the stages after it, in order.
  ///   - indices: the samples to fit on.
  package func fit(
    _ stage: Open<Samples.Answers>, between earlier: [Fitted<Samples.Answers>],
    and later: [Fitted<Samples.Answers>] = [], on indices: [Int]
  ) -> StageFit {
    let before = samples.outcomes(indices, of: earlier)
    let passedOn = zip(indices, before).filter { $1.asksLarge }.map(\.0)
    let temperature = stage.temperature ?? samples.temperature(of: stage.answers, on: passedOn)
    let next = samples.outcomes(passedOn, of: later)
    let curve = ThresholdCurve(
      zip(passedOn, next).map { sample, next in
        samples.outcome(
          sample, samples.reply(of: stage.answers, to: sample, temperature: temperature), before: next)
      })
    let qualityBefore = before.reduce(0) { $0 + ($1.asksLarge ? 0 : $1.quality) }
    let stageRule = rule.forLaterStage(passedOn: passedOn.count, of: indices.count, qualityBefore: qualityBefore)
    return StageFit(
      temperature: temperature, curve: curve,
      choice: Result { () throws(ThresholdError) in try stageRule.choose(from: curve) })
  }

  /// What the cascade with the stage makes of every sample, each judged by a fit on the other half.
  ///
  /// Judging δ on the samples that it was chosen on would flatter the stage; holding half of them back for the gate would
  /// leave labels with too few. With two folds every sample takes part in both, and in neither twice.
  package func crossFittedOutcomes(
    _ stage: Open<Samples.Answers>, between earlier: [Fitted<Samples.Answers>],
    and later: [Fitted<Samples.Answers>] = []
  ) -> [CascadeOutcome] {
    // Neighbours in the file are often of one label, so every second sample makes balanced halves.
    let halves = [0, 1].map { Array(stride(from: $0, to: samples.count, by: 2)) }
    let judged = [0, 1].map { half in
      let fit = fit(stage, between: earlier, and: later, on: halves[1 - half])
      return samples.outcomes(halves[half], of: earlier + [stage.fitted(fit)] + later)
    }
    return (0..<samples.count).map { judged[$0 % 2][$0 / 2] }
  }
}

extension Score {
  fileprivate var figures: (accuracy: Double, queryShare: Double) { (accuracy, queryShare) }
}
