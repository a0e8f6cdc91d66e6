import Evaluation
import Classification
import Datasets
import Encoders
import Foundation
import LargeModel
import SmallModel
import Tasks

/// One experiment from raw rows to figures: train, calibrate, evaluate.
public struct ExperimentRun: Sendable {
  private let name: String
  private let task: TaskDefinition
  private let data: ExperimentData
  private let encoders: EncoderLibrary
  private let factory: LargeModelFactory
  private let modes: [PruningMode]?
  private let step: @Sendable (EvaluationStep) -> Void

  /// A run of `data` by a task's settings.
  /// - Parameters:
  ///   - modes: the prunings to score; `nil` for all that the large model can do.
  ///   - step: called from any thread.
  public init(
    name: String, task: TaskDefinition, data: ExperimentData, models: ModelsFolder, modes: [PruningMode]? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) {
    self.name = name
    self.task = task
    self.data = data
    encoders = EncoderLibrary(models)
    factory = LargeModelFactory(models: models)
    self.modes = modes
    self.step = step
  }

  /// What a run leaves behind: the figures, and the models that gave them.
  public struct Outcome: Sendable {
    /// The figures.
    public let report: ExperimentReport
    /// The small model, calibrated, with the threshold of the task's own pruning.
    public let small: SmallModelArtifact
    /// The fitted head, where the large model has one.
    public let head: LinearHead?
    /// What both models say of the held-out rows, by the task's own pruning.
    public let heldOut: ShuntScoring.Answers
  }

  /// Runs it.
  public func run() async throws -> Outcome {
    let trained = try await train()
    let labels = LabelIndex(trained.labels)
    let heldOut = try LabelledTexts(data.heldOut, labels: labels)
    let test = try LabelledTexts(data.test, labels: labels)
    let artifact = try calibrated(trained, heldOut)
    let head = try await fittedHead(labels)
    let large = try await factory.make(task, labels: trained.labels, head: head, recording: data.recording)
    let scoring = ShuntScoring(task: task, artifact: artifact, large: large, regions: data.regions, step: step)
    var results: [PruningMode: ShuntScoring.Figures] = [:]
    let modes = modes ?? scoring.possibleModes
    let onHeldOut = try await scoring.answers(heldOut, pruning: modes, name: "held-out")
    let onTest = try await scoring.answers(test, pruning: modes, name: "test")
    for mode in modes {
      guard let held = onHeldOut[mode], let answers = onTest[mode] else { continue }
      let point = try task.threshold.choose(from: held.curve)
      results[mode] = try scoring.figures(answers, threshold: point.threshold)
    }
    let mode =
      try task.pruning.chosenMode
      ?? PruningChoice(task.threshold, curves: onHeldOut.mapValues(\.curve)).mode
    guard let chosen = results[mode], let chosenHeldOut = onHeldOut[mode], let chosenTest = onTest[mode] else {
      throw TaskError("task \(task.name): pruning.mode \(mode.rawValue) needs a large model with probabilities")
    }
    var card = artifact.card
    card.pruning = task.pruning.chosenMode == nil ? mode : nil
    card.thresholds[ModelCard.shuntThreshold] = Double(chosen.shunt.threshold)
    let alone = results[.none] ?? chosen
    let outOfScope =
      data.outOfScope.isEmpty
      ? nil
      : try await scoring.outOfScope(
        data.outOfScope, threshold: chosen.shunt.threshold, pruning: mode, heldOut: chosenHeldOut, test: chosenTest)
    let report = ExperimentReport(
      name: name, seed: task.smallModel.training.seed,
      versions: .init(small: card.version, large: large.version),
      counts: [
        "training": data.training.count, "held_out": data.heldOut.count, "test": data.test.count,
        "head": head == nil ? 0 : headRows.count,
      ],
      small: alone.small, large: alone.large, shunt: chosen.shunt,
      prompt: Dictionary(uniqueKeysWithValues: results.map { ($0.key.rawValue, $0.value.shunt) }),
      outOfScope: outOfScope,
      curve: chosenHeldOut.curve.thinned(to: 200))
    return Outcome(report: report, small: try artifact.with(card), head: head, heldOut: chosenHeldOut)
  }

  private func train() async throws -> TrainedSmallModel {
    step(.stage("training the small model on \(data.training.count) texts"))
    let epochs = task.smallModel.training.epochs
    return try await SmallModelTraining(task: task, encoders: encoders)
      .train(on: data.training, labels: data.labels, heldOut: data.heldOut) { [step] epoch in
        let accuracy = epoch.heldOutAccuracy.map { String(format: ", held-out accuracy %.1f %%", $0 * 100) } ?? ""
        step(.progress("epochs\(accuracy)", epoch.number, of: epochs))
      }
  }

  private func calibrated(_ trained: TrainedSmallModel, _ heldOut: LabelledTexts) throws -> SmallModelArtifact {
    let calibration = try trained.calibration(on: heldOut, encoders: encoders)
    return try trained.artifact(task: task.name, calibration: calibration, heldOutCount: heldOut.rows.count)
  }

  private var headRows: ArraySlice<DataRow> {
    data.head.prefix(task.largeModel.headTexts == 0 ? .max : task.largeModel.headTexts)
  }

  private func fittedHead(_ labels: LabelIndex) async throws -> LinearHead? {
    guard task.largeModel.kind == .linearHead else { return nil }
    let rows = try LabelledTexts(Array(headRows), labels: labels)
    return try await HeadTraining(task: task, factory: factory).fit(rows, labels: labels.names, step: step)
  }
}
