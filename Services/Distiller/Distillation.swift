import Cascade
import Concurrency
import Content
import Evaluation
import Foundation
import SmallModel

/// One round without its effects: from stored answers to a candidate and the gate's verdict on it.
public struct Distillation: Sendable {
  /// How S2 is trained and judged.
  public struct Rule: Sendable {
    /// Where S2 starts.
    public enum Start: String, Sendable, CaseIterable {
      /// From the S2 in force; the first time from S1.
      case learnable
      /// From S1 each time.
      case specific
    }

    /// Where S2 starts.
    public var start = Start.learnable
    /// How S2 is made where it is a network of its own, which starts from nothing in the place of S1; `nil`: it is a copy
    /// of S1.
    public var learnable: (any NetworkRecipe)?
    /// δ_l: above it the large model teaches, 0 to 1; `nil`: 0.5 of labels, 0 of captions, whose confidence is the quality
    /// to be expected and is seldom above 0.5.
    public var largeThreshold: Float?
    /// Whether stage 2 takes part: S1 teaches what it is sure of, against forgetting.
    public var hasSecondStage = true
    /// Rows a label and stage, at most.
    public var perLabel = 2000
    /// Rows a category and stage, at most.
    public var perCategory = 20_000
    /// The share of the stream's labelled samples that is kept for the gate.
    public var streamHoldOut = StreamHoldOut(share: 0.2)
    /// How δ2 is chosen.
    public var threshold = ThresholdRule.bestAccuracy
    /// Epochs, learning rate, seed, threads. Nothing is parted off for early stopping: all epochs are run, so that the
    /// held-out samples stay unseen until the gate.
    public var training = Self.defaultTraining
    /// Epochs where S2 captions; in all else it is trained as S1 was.
    public var captionEpochs = 5
    /// Its learning rate; `nil`: a third of S1's.
    public var captionLearningRate: Double?
    /// The gate's margins.
    public var gate = ValidationGate.Rule()
    /// Whether answers are taken by their ids, not by when they were recorded: then a run gives the same models however
    /// its answers came in. What is over a cap is then not the oldest, so it is for experiments.
    public var isRepeatable = false

    /// The values above.
    public init() {}

    private static var defaultTraining: TrainingSettings {
      var settings = TrainingSettings()
      (settings.epochs, settings.heldOutShare) = (20, 0)
      return settings
    }
  }

  /// What a round works on.
  package struct Input<Model: DistilledModel>: Sendable {
    /// S1.
    let specific: Model
    /// The S2 in force.
    let learnable: Model?
    /// What answers between S2 and the large model.
    let intermediate: Model?
    /// Stored answers, oldest first.
    let answers: [StreamAnswer]
    /// Samples whose truth is known that no model was trained on.
    let heldOut: [HeldOutRow]
    /// Samples with their truths that S1 was trained on, as a third source; may be empty.
    let labelled: [(input: Content.Input, truth: Truth)]
    /// The candidate's name.
    let version: String

    /// What a round works on.
    package init(
      specific: Model, learnable: Model?, intermediate: Model? = nil,
      answers: [StreamAnswer], heldOut: [HeldOutRow], labelled: [(input: Content.Input, truth: Truth)] = [],
      version: String
    ) {
      self.specific = specific
      self.learnable = learnable
      self.intermediate = intermediate
      self.answers = answers
      self.heldOut = heldOut
      self.labelled = labelled
      self.version = version
    }
  }

  /// What came of a round.
  public enum Outcome: Sendable {
    /// Nothing that is stored teaches anything; why not, in numbers.
    case nothingToLearn(TeacherSelection.Counts, why: String)
    /// A candidate with its verdict.
    case judged(Candidate)
  }

  /// A small model that may take its predecessor's place, and what was found about it.
  public struct Candidate: Sendable {
    /// The model as it would answer, calibrated.
    public let model: StoredSmallModel
    /// Its place in the cascade.
    public let role: AnsweredBy
    /// The gate's verdict.
    public let verdict: Verdict
    /// What became of the stored answers.
    public let counts: TeacherSelection.Counts
    /// Why no δ2 satisfies the rule, so that S2 answers nothing; `nil` where one does.
    public let thresholdFailure: String?
    /// What each δ2 gives on what S1 passes on of the held-out samples, for storing and drawing.
    public let curve: [ThresholdCurve.Point]
  }

  private let rule: Rule

  /// Rounds by a rule.
  public init(_ rule: Rule) { self.rule = rule }

  /// Selects, trains, calibrates, judges.
  /// - Parameter progress: called after each epoch, from the training's thread.
  /// - Throws: `DistillerError` for models and rows that do not fit; `SmallModelError`; `CancellationError`.
  package func run<Model: DistilledModel>(
    _ input: Input<Model>, progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> Outcome {
    let thread = DedicatedThread(name: "distiller")
    let rule = rule
    let lesson = try await thread.run { try Lesson(input, rule: rule) }
    guard lesson.counts.stage1 > 0 else { return .nothingToLearn(lesson.counts, why: lesson.counts.whyNone) }
    let network = try await Model.trained(
      lesson.start, on: lesson.sources, settings: lesson.training, progress: progress)
    return .judged(try await thread.run { try lesson.judge(network, version: input.version, rule: rule) })
  }
}

extension TeacherSelection.Counts {
  /// Why no answer of the large model may teach.
  fileprivate var whyNone: String {
    "of \(read) stored answers none of the large model's may teach: \(unsure) are unsure,"
      + " \(contradicted) contradicted by a surer S1, \(withoutConfidence) without a confidence, \(heldOut) kept for the"
      + " gate"
  }
}
