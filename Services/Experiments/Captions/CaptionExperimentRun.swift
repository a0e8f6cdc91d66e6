import Cascade
import Encoders
import Evaluation
import LargeModel
import SmallModel
import Tasks

/// An experiment whose replies are captions, from raw rows to figures: train, calibrate, evaluate.
public struct CaptionExperimentRun: Sendable {
  private let name: String
  private let task: TaskDefinition
  private let data: ExperimentData
  private let trained: CaptionerArtifact?
  private let encoders: EncoderLibrary
  private let step: @Sendable (EvaluationStep) -> Void

  /// A run of `data` by a task's settings.
  /// - Parameters:
  ///   - trained: the small captioner, where it is trained already; `nil`: it is trained first.
  ///   - step: called from any thread.
  public init(
    name: String, task: TaskDefinition, data: ExperimentData, trained: CaptionerArtifact? = nil, models: ModelsFolder,
    step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) {
    (self.name, self.task, self.data, self.trained, self.step) = (name, task, data, trained, step)
    encoders = EncoderLibrary(models)
  }

  /// What a run leaves behind: the figures, and the models that gave them.
  public struct Outcome: Sendable {
    /// The figures.
    public let report: CaptionReport
    /// S1, calibrated, with its threshold.
    public let small: CaptionerArtifact
    /// The large model, where that is a captioner of one's own.
    public let large: CaptionerArtifact?
    /// What becomes of the test pictures.
    public let test: [CaptionScoring.Outcome]
    /// The held-out pictures with the large model's captions, by which a distiller judges.
    public let heldOut: [HeldOutRow]
  }

  /// Runs it.
  /// - Throws: what is wrong with rows, settings or models; `CancellationError`.
  public func run() async throws -> Outcome {
    guard let recipe = task.captioner else {
      throw TaskError("task \(task.name) answers with labels; this experiment needs task.reply caption")
    }
    let training = CaptionerTraining(task: task.name, encoders: encoders, step: step)
    let heldOut = try CaptionedInputs(data.heldOut)
    let small: CaptionerArtifact
    if let trained {
      small = trained
    } else {
      small = try await training.train(recipe, as: .specific, on: CaptionedInputs(data.training), heldOut: heldOut)
    }
    var ownLarge: CaptionerArtifact?
    if let recipe = task.largeCaptioner, task.largeModel.captionerFile == nil {
      ownLarge = try await training.train(recipe, as: .large, on: CaptionedInputs(data.head), heldOut: heldOut)
    }
    let large = try await LargeModelFactory(models: encoders.models).make(task, labels: [], captioner: ownLarge)
    let scoring = try CaptionScoring(
      stages: [(.specific, small)], large: large, suggests: task.pruning.mode == .soft,
      concurrency: task.largeModel.traits.concurrency, options: PredictorOptions(encoders: encoders), step: step)
    let held = try await scoring.answers(heldOut, name: "held-out")
    let test = try await scoring.answers(CaptionedInputs(data.test), name: "test", asksAlone: true)
    let choice = try scoring.choice(held, by: task.threshold)
    return Outcome(
      report: try report(
        choice, test, small: small.card, large: large.version, hasOwnLarge: ownLarge != nil),
      small: choice.scoring.stages[0].artifact, large: ownLarge,
      test: try choice.scoring.outcomes(test), heldOut: held.heldOutRows)
  }

  private func report(
    _ choice: CaptionScoring.Choice, _ test: CaptionScoring.Answers, small: ModelCard, large: String,
    hasOwnLarge: Bool
  ) throws -> CaptionReport {
    let figures = try choice.scoring.figures(test)
    return CaptionReport(
      name: name, seed: small.training.seed, versions: .init(small: small.version, large: large),
      counts: [
        "training": data.training.count, "held_out": data.heldOut.count, "test": test.rows.count,
        "large_training": hasOwnLarge ? data.head.count : 0, "stream": data.stream.count,
      ],
      small: figures.small, large: figures.large, prompted: figures.prompted, shunt: figures.shunt,
      threshold: choice.point.threshold,
      confidence: figures.confidence, curve: choice.curve.thinned(to: 200))
  }
}
