import Cascade
import Classification
import Concurrency
import Encoders
import Evaluation
import Foundation
import SmallModel
import Tasks

/// The first small model of a task that began without one. It learns what the large model answered to everything, and its
/// threshold is chosen by the task's rule on answers that it has not seen.
public struct FirstModel: Sendable {
  /// When it is learnt, and when it is worth it.
  public struct Rule: Sendable, Equatable {
    /// After so many answers; `nil`: 25 a label, and 1,000 at least.
    public var answers: Int?
    /// The share of the samples that it must answer by itself, 0 to 1.
    public var leastShare = 0.1

    /// The values above.
    public init() {}

    /// After how many answers it is learnt, for a task of so many labels.
    func answersNeeded(labels: Int) -> Int { answers ?? max(1000, 25 * labels) }
  }

  /// What it is made of.
  struct Input: Sendable {
    /// Of a task that names its labels.
    let definition: TaskDefinition
    /// Answers of the large model that no small model stood before, oldest first.
    let answers: [StreamAnswer]
    /// The candidate's name.
    let version: String
    /// Those that settings may name.
    let encoders: EncoderLibrary
  }

  let rule: Rule
  /// The gate's, and what of the answers is kept for it.
  let round: Distillation.Rule

  /// Trains, calibrates, judges.
  /// - Parameter progress: called after each epoch, from the training's thread.
  /// - Throws: what is wrong with inputs, settings or models; `CancellationError`.
  func run(
    _ input: Input, progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> Distillation.Outcome {
    let labels = LabelIndex(input.definition.labels)
    let lesson = FirstLesson(input.answers, labels: labels, holdOut: round.streamHoldOut)
    guard lesson.heldOut.count >= round.gate.leastSamples, lesson.taughtLabels > 1 else {
      return .nothingToLearn(lesson.counts, why: lesson.whyNot(round.gate.leastSamples))
    }
    let trained = try await input.definition.smallModel.withoutCheckpoint.train(
      lesson.examples, heldOut: nil, labels: labels.names, encoders: input.encoders, progress: progress)
    return .judged(
      try await DedicatedThread(name: "distiller").run { try candidate(trained.network, lesson, input, labels) })
  }

  private func candidate(
    _ network: any SmallModelNetwork, _ lesson: FirstLesson, _ input: Input, _ labels: LabelIndex
  ) throws -> Distillation.Candidate {
    var card = ModelCard(
      task: input.definition.name, version: input.version, createdAt: Date(), labels: labels.names,
      training: input.definition.smallModel.training,
      dataCounts: ["training": lesson.examples.inputs.count, "held out": lesson.heldOut.count])
    let predictor = try network.predictor(card, PredictorOptions(precision: .float32, encoders: input.encoders))
    let samples = try HeldOutSamples(lesson.heldOut, labels: labels, version: input.version)
    let open = OpenStage(
      answeredBy: .specific, version: input.version, logits: try Logits(predictor, samples.inputs))
    let fit = CascadeCalibration(samples: samples, rule: input.definition.threshold)
      .fit(open, between: [], on: samples.indices)
    let facts = SmallModelFacts(open.logits.answers(temperature: fit.temperature), truths: samples.truths)
    (card.temperature, card.thresholds[ModelCard.shuntThreshold]) = (Double(fit.temperature), Double(fit.threshold))
    (card.prior, card.recall, card.precision) = (facts.prior, facts.recall, facts.precision)
    return Distillation.Candidate(
      model: .classifier(try SmallModelArtifact(card: card, network: network)), role: .specific,
      verdict: verdict(samples, open.fitted(fit)), counts: lesson.counts, thresholdFailure: fit.failure,
      curve: fit.curve.thinned(to: 200))
  }

  /// Against the large model, which answers everything so far.
  private func verdict(_ samples: HeldOutSamples, _ stage: FittedStage) -> Verdict {
    let (candidate, alone) = (
      samples.outcomes(samples.indices, of: [stage]), samples.outcomes(samples.indices, of: [])
    )
    return ValidationGate(round.gate).judgeFirst(
      samples.indices.map {
        JudgedSample(
          groups: samples.groups[$0], candidate: candidate[$0], inForce: alone[$0], undistilled: alone[$0])
      }, leastShare: rule.leastShare)
  }
}
