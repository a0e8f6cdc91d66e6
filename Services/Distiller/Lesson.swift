import Cascade
import Content
import Evaluation
import Foundation
import SmallModel

/// What S2 learns from in one round, and what it is then judged by.
struct Lesson<Model: DistilledModel>: Sendable {
  /// Where S2 starts.
  let start: LessonStart<Model>
  /// Labelled data where there are any, stage 1, stage 2.
  let sources: [Model.Examples]
  /// How S2 is trained.
  let training: TrainingSettings
  let counts: TeacherSelection.Counts
  private let labelledCount: Int
  private let specific: Model
  private let learnable: Model?
  private let intermediate: Model?
  private let heldOut: Model.Samples
  private let stream: Model.Samples

  init(_ input: Distillation.Input<Model>, rule: Distillation.Rule) throws {
    (specific, learnable, intermediate) = (input.specific, input.learnable, input.intermediate)
    if let other = input.learnable?.card, other.labels != specific.card.labels {
      throw DistillerError(
        "models \(specific.card.version) and \(other.version) have different labels; roll back or retire one")
    }
    training = specific.training(rule)
    start = specific.start(after: rule.start == .learnable ? input.learnable : nil, rule)
    heldOut = try specific.samples(input.heldOut)
    stream = try specific.samples(Self.judgeable(input.answers, specific, rule.streamHoldOut))
    let teachers = try Teachers(input.answers, specific: specific, rule: rule)
    counts = teachers.selection.counts
    labelledCount = input.labelled.count
    sources = (input.labelled.isEmpty ? [] : [try specific.lesson(input.labelled)]) + teachers.sources
  }

  /// The newest labelled samples of the stream that are kept for the gate.
  private static func judgeable(
    _ answers: [StreamAnswer], _ specific: Model, _ holdOut: StreamHoldOut
  ) -> [HeldOutRow] {
    let most = 2000
    let kept = answers.filter { holdOut.contains(id: $0.id, isLabelled: $0.truth != nil) }
    return Array(specific.known(kept.compactMap(\.judgeable)).suffix(most))
  }

  /// Calibrates the trained S2 and lets the gate judge the cascade with it.
  func judge(_ network: Model.Network, version: String, rule: Distillation.Rule) throws -> Distillation.Candidate {
    let calibration = CascadeCalibration(samples: heldOut, rule: rule.threshold)
    let around = try Surroundings(specific, intermediate, heldOut)
    let student = try specific.student(
      network, blankCard(version), judgedOn: heldOut, passedOn: heldOut.passedOn(heldOut.indices, by: around.before))
    let open = Open(answeredBy: .learnable, version: version, answers: try student.fitted(on: heldOut).answers)
    let fit = calibration.fit(open, between: around.before, and: around.after, on: heldOut.indices)
    let onStream = Fitted(
      stage: open.fitted(fit).stage, temperature: fit.temperature, answers: try student.fitted(on: stream).answers)
    let aroundStream = try Surroundings(specific, intermediate, stream)
    let verdict = ValidationGate(rule.gate).judge(
      try judged(
        heldOut, around,
        candidate: calibration.crossFittedOutcomes(open, between: around.before, and: around.after)),
      stream: try judged(stream, aroundStream, candidate: aroundStream.outcomes(of: onStream)))
    return Distillation.Candidate(
      model: try student.stored(fit, open.answers, on: heldOut), role: .learnable, verdict: verdict, counts: counts,
      thresholdFailure: fit.failure, curve: fit.curve.thinned(to: 200))
  }

  private func judged(
    _ samples: Model.Samples, _ around: Surroundings<Model>, candidate: [CascadeOutcome]
  ) throws -> [JudgedSample] {
    let undistilled = around.outcomes(of: nil)
    let inForce = try learnable.map { around.outcomes(of: try $0.fitted(on: samples)) } ?? undistilled
    return samples.indices.map {
      JudgedSample(
        groups: samples.groups[$0], candidate: candidate[$0], inForce: inForce[$0], undistilled: undistilled[$0])
    }
  }

  /// The card of S2 before it is calibrated: it answers nothing.
  private func blankCard(_ version: String) -> ModelCard {
    let own = specific.card
    return ModelCard(
      task: own.task, version: version, parent: start.parent, createdAt: Date(), labels: own.labels,
      thresholds: [ModelCard.shuntThreshold: Double(ThresholdCurve.nothingIsEasy)], training: training,
      dataCounts: [
        "stage 1": counts.stage1, "stage 2": counts.stage2, "labelled": labelledCount, "held out": heldOut.count,
        "stream held out": stream.count,
      ])
  }
}

/// The stages around S2, and what they make of some samples.
private struct Surroundings<Model: DistilledModel> {
  let samples: Model.Samples
  let before: [Fitted<Model.Samples.Answers>]
  let after: [Fitted<Model.Samples.Answers>]

  init(_ specific: Model, _ intermediate: Model?, _ samples: Model.Samples) throws {
    self.samples = samples
    before = [try specific.fitted(on: samples)]
    after = try intermediate.map { [try $0.fitted(on: samples)] } ?? []
  }

  /// What the cascade with an S2, or without one, makes of the samples.
  func outcomes(of learnable: Fitted<Model.Samples.Answers>?) -> [CascadeOutcome] {
    samples.outcomes(samples.indices, of: before + (learnable.map { [$0] } ?? []) + after)
  }
}

/// The stored answers that teach, as sources of batches.
private struct Teachers<Model: DistilledModel> {
  let selection: TeacherSelection
  let sources: [Model.Examples]

  init(_ answers: [StreamAnswer], specific: Model, rule: Distillation.Rule) throws {
    let opinions = try specific.opinions(answers.map(\.input))
    var selectionRule = TeacherSelection.Rule(
      specificThreshold: specific.stage.threshold, largeThreshold: rule.largeThreshold ?? Model.largeThreshold)
    (selectionRule.perLabel, selectionRule.perCategory) = (rule.perLabel, rule.perCategory)
    let rows = zip(answers, opinions).enumerated().map { index, row in
      TeacherRow(
        id: row.0.id, sequence: Int64(index), input: row.0.input, category: row.0.category,
        isHeldOut: rule.streamHoldOut.contains(id: row.0.id, isLabelled: row.0.truth != nil),
        specific: specific.brief(row.1), large: row.0.large)
    }
    let selection = TeacherSelection(rows, labels: specific.labels, rule: selectionRule)
    self.selection = selection
    let stage1 = specific.lesson(ofLarge: selection.stage1.map { answers[$0] })
    let stage2 =
      try rule.hasSecondStage
      ? [specific.lesson(selection.stage2.map { (answers[$0].input, opinions[$0]) })] : []
    sources = [stage1] + stage2
  }
}
