import Evaluation
import Classification
import Foundation
import SmallModel

/// A round that teaches nothing: new T and δ for the last small model in force, on samples as they come now. It answers
/// a stream that has drifted, where confidences no longer mean what they said on the held-out samples.
///
/// Only labelled samples that the large model was asked about tell what a threshold gives: all hard ones, and of the easy
/// ones those under audit. They are mixed as the stream mixes them, so of the hard ones most are left out.
struct Recalibration: Sendable {
  /// What a recalibration works on.
  struct Input: Sendable {
    /// S1.
    let specific: StageModel
    /// The S2 in force.
    let learnable: StageModel?
    /// What answers between S2 and the large model; it stays as it is.
    var intermediate: StageModel?
    /// Labelled samples that no small model was sure of, newest last.
    let hard: [HeldOutRow]
    /// Labelled samples that a small model answered, and the large one as an audit.
    let audited: [HeldOutRow]
    /// The part of the stream that is hard, 0 to 1.
    let queryShare: Double
    /// The candidate's name.
    let version: String
  }

  let rule: Distillation.Rule

  /// Fits T and δ, and lets the gate judge them against those in force.
  /// - Throws: `DistillerError` for models that do not fit.
  func run(_ input: Input) throws -> Distillation.Outcome {
    var counts = TeacherSelection.Counts()
    let labels = LabelIndex(input.specific.artifact.card.labels)
    counts.read = input.hard.count + input.audited.count
    counts.unknownLabel = (input.hard + input.audited).count { labels[$0.label] == nil }
    let rows = Self.mixed(input.hard.known(to: labels), input.audited.known(to: labels), input.queryShare)
    guard rows.count >= rule.gate.leastSamples else {
      return .nothingToLearn(
        counts,
        why: "\(rows.count) labelled samples, mixed as in the stream, are too few to recalibrate on; "
          + "\(rule.gate.leastSamples) are asked for, of \(input.audited.count) audited and \(input.hard.count) hard ones "
          + "(more come with router.audit_share and with labels in the stream)")
    }
    return .judged(try candidate(input, rows, counts))
  }

  private func candidate(
    _ input: Input, _ rows: [HeldOutRow], _ counts: TeacherSelection.Counts
  ) throws -> Distillation.Candidate {
    let (specific, learnable) = (input.specific, input.learnable)
    let last = learnable ?? specific
    let samples = try HeldOutSamples(
      rows, labels: LabelIndex(input.specific.artifact.card.labels), version: specific.stage.version)
    // Where S1 is the last, nothing stands before it: each sample is passed on to the stage that is calibrated.
    let before = learnable == nil ? [] : [try specific.fitted(samples.inputs)]
    let later = try input.intermediate.map { [try $0.fitted(samples.inputs)] } ?? []
    let calibration = CascadeCalibration(samples: samples, rule: rule.threshold)
    let now = try last.fitted(samples.inputs)
    let open = OpenStage(answeredBy: last.stage.answeredBy, version: input.version, logits: now.logits)
    let fit = calibration.fit(open, between: before, and: later, on: samples.indices)
    let inForce = samples.outcomes(samples.indices, of: before + [now] + later)
    let candidates = calibration.crossFittedOutcomes(open, between: before, and: later)
    var gate = rule.gate
    gate.mayAskMore = true
    let verdict = ValidationGate(gate).judge(
      samples.indices.map {
        JudgedSample(
          groups: samples.groups[$0], candidate: candidates[$0], inForce: inForce[$0], undistilled: inForce[$0])
      })
    return Distillation.Candidate(
      model: .classifier(try last.artifact.recalibrated(fit, version: input.version)), role: last.stage.answeredBy,
      verdict: verdict, counts: counts, thresholdFailure: fit.failure, curve: fit.curve.thinned(to: 200))
  }

  /// Audited samples, and so many of the newest hard ones that they are the stream's share of all; by id, so that both
  /// folds of the calibration hold both kinds.
  private static func mixed(_ hard: [HeldOutRow], _ audited: [HeldOutRow], _ queryShare: Double) -> [HeldOutRow] {
    let share = min(queryShare, 0.99)
    let most = Int((Double(audited.count) * share / (1 - share)).rounded())
    return (audited + hard.suffix(most)).sorted { $0.id < $1.id }
  }
}

extension [HeldOutRow] {
  /// Those whose label the task has. A label that a producer made up says nothing about the models.
  func known(to labels: LabelIndex) -> [HeldOutRow] { filter { labels[$0.label] != nil } }
}

extension SmallModelArtifact {
  /// The same weights with another T and δ, as a version of its own.
  fileprivate func recalibrated(_ fit: StageFit, version: String) throws -> SmallModelArtifact {
    var card = self.card
    (card.parent, card.version, card.createdAt) = (card.version, version, Date())
    card.temperature = Double(fit.temperature)
    card.thresholds[ModelCard.shuntThreshold] = Double(fit.threshold)
    return try with(card)
  }
}
