import Cascade
import Classification

/// T2 and δ2 of a candidate, fitted on what S1 passes on of the held-out samples.
package struct SecondStageCalibration: Sendable {
  package let samples: LabelledSamples
  package let rule: ThresholdRule

  /// Fits by a rule.
  package init(samples: LabelledSamples, rule: ThresholdRule) {
    self.samples = samples
    self.rule = rule
  }

  /// What was fitted.
  package struct Fit: Sendable {
    package let temperature: Float
    /// Above 1 where no threshold satisfies the rule: then S2 answers nothing.
    package let threshold: Float
    /// Why no threshold does.
    package let failure: String?
    /// The candidate's confidence against its threshold, over what S1 passes on.
    package let curve: ThresholdCurve

    package func stage(version: String) -> CascadeStage {
      CascadeStage(answeredBy: .learnable, version: version, threshold: threshold)
    }
  }

  /// Fits on the samples at `indices`.
  /// - Parameter logits: the candidate's, of all samples, [samples × classes].
  package func fit(_ logits: [Float], on indices: [Int]) -> Fit {
    let passedOn = samples.passedOn(indices)
    let classCount = samples.classCount
    func row(_ sample: Int) -> [Float] { Array(logits[sample * classCount..<(sample + 1) * classCount]) }
    let temperature = Temperature.fit(
      logits: passedOn.flatMap(row), labels: passedOn.map { samples.labels[$0] }, classCount: classCount)
    let curve = ThresholdCurve(
      passedOn.map { sample in
        let confidence = TopLabel(Softmax.probabilities(row(sample), temperature: temperature))
        return HeldOutOutcome(
          confidence: confidence.probability, quality: LabelQuality.of(confidence.label, truth: samples.labels[sample]),
          nextQuality: samples.largeQuality(sample))
      })
    let qualityBefore = samples.outcomes(indices).reduce(0) { $0 + ($1.asksLarge ? 0 : $1.quality) }
    let stageRule = rule.forLaterStage(passedOn: passedOn.count, of: indices.count, qualityBefore: qualityBefore)
    do throws(ThresholdError) {
      let point = try stageRule.choose(from: curve)
      return Fit(temperature: temperature, threshold: point.threshold, failure: nil, curve: curve)
    } catch {
      return Fit(
        temperature: temperature, threshold: ThresholdCurve.nothingIsEasy, failure: error.description, curve: curve)
    }
  }

  /// What the cascade with the candidate makes of every sample, each judged by a fit on the other half.
  ///
  /// Judging δ2 on the samples that it was chosen on would flatter the candidate; holding half of them back for the gate
  /// would leave labels with too few. With two folds every sample takes part in both, and in neither twice.
  package func crossFittedOutcomes(_ logits: [Float], version: String) -> [CascadeOutcome] {
    // Neighbours in the file are often of one label, so every second sample makes balanced halves.
    let halves = [0, 1].map { Array(stride(from: $0, to: samples.count, by: 2)) }
    let judged = [0, 1].map { half in
      let fit = fit(logits, on: halves[1 - half])
      return samples.outcomes(halves[half], learnable: (fit.stage(version: version), fit.temperature, logits))
    }
    return (0..<samples.count).map { judged[$0 % 2][$0 / 2] }
  }
}
