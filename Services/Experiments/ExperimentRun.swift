import Cascade
import Classification
import Datasets
import Encoders
import Evaluation
import Foundation
import LargeModel
import SmallModel
import Tasks

/// One experiment from raw rows to figures: train, calibrate, evaluate.
public struct ExperimentRun: Sendable {
  private let name: String
  private let task: TaskDefinition
  private let data: ExperimentData
  private let trained: SmallModelArtifact?
  private let encoders: EncoderLibrary
  private let modes: [PruningMode]?
  private let step: @Sendable (EvaluationStep) -> Void

  /// A run of `data` by a task's settings.
  /// - Parameters:
  ///   - trained: the small model, where it is trained already; `nil`: it is trained first.
  ///   - modes: the prunings to score; `nil` for all that the large model can do.
  ///   - step: called from any thread.
  public init(
    name: String, task: TaskDefinition, data: ExperimentData, trained: SmallModelArtifact? = nil, models: ModelsFolder,
    modes: [PruningMode]? = nil,
    step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) {
    self.name = name
    self.task = task
    self.data = data
    self.trained = trained
    encoders = EncoderLibrary(models)
    self.modes = modes
    self.step = step
  }

  /// What a run leaves behind: the figures, and the models that gave them.
  public struct Outcome: Sendable {
    /// The figures.
    public let report: ExperimentReport
    /// The small model, calibrated, with the threshold of the task's own pruning.
    public let small: SmallModelArtifact
    /// The further small model between it and the large one, calibrated, where the task has one.
    public let intermediate: SmallModelArtifact?
    /// The fitted head, where the large model has one.
    public let head: LinearHead?
    /// What both models say of the held-out rows, by the task's own pruning.
    public let heldOut: ShuntScoring.Answers
    /// The same of the test rows.
    public let test: ShuntScoring.Answers
  }

  /// Runs it.
  public func run() async throws -> Outcome {
    try checkRecording()
    let training = TaskTraining(task: task, encoders: encoders, step: step)
    let first = try await smallModel(training)
    let labels = first.card.labels
    let between = try await training.intermediate(on: data.training, labels: labels, heldOut: data.heldOut)
    let head = try await training.head(on: headRows, labels: labels)
    let large = try await LargeModelFactory(models: encoders.models)
      .make(task, labels: labels, head: head, recording: data.recording)
    let scoring = try ShuntScoring(
      task: task, stages: [(.specific, first)] + (between.map { [(.intermediate, $0)] } ?? []), large: large,
      options: PredictorOptions(encoders: encoders), regions: data.regions, step: step)
    let answers = try await ask(scoring, LabelIndex(labels))
    let choice = try ShuntChoice(scoring, answers: answers.heldOut, named: task.pruning.chosenMode)
    for note in choice.notes { step(.stage(note)) }
    guard let heldOut = answers.heldOut[choice.mode], let test = answers.test[choice.mode],
      let small = choice.scoring.stages.first?.artifact
    else {
      throw TaskError("task \(task.name): there are no rows to choose a threshold on")
    }
    let report = try await report(
      choice, answers, small: small.card.version, large: large.version, hasHead: head != nil)
    return Outcome(
      report: report, small: small, intermediate: choice.intermediate, head: head, heldOut: heldOut,
      test: test)
  }

  /// Before anything is trained.
  private func checkRecording() throws {
    guard task.largeModel.kind == .recorded, data.recording?.contains(where: { $0.recordedAnswer != nil }) == false
    else { return }
    let field = task.largeModel.answerField.debugDescription
    throw TaskError(
      "task \(task.name): no row has a recorded answer in field \(field): name the field that has it in "
        + "large_model.answer_field, or by --answer-field")
  }

  /// S1, but for its threshold.
  private func smallModel(_ training: TaskTraining) async throws -> SmallModelArtifact {
    guard let trained else {
      return try await training.small(on: data.training, labels: data.labels, heldOut: data.heldOut).artifact
    }
    guard trained.card.task == task.name, Set(trained.card.labels) == Set(data.labels) else {
      throw TaskError(
        "the small model \(trained.card.version) is of task \(trained.card.task) and has \(trained.card.labels.count) "
          + "labels; this is task \(task.name), whose rows have \(data.labels.count)")
    }
    return trained
  }

  private typealias Answers = [PruningMode: ShuntScoring.Answers]

  private func ask(_ scoring: ShuntScoring, _ labels: LabelIndex) async throws -> (heldOut: Answers, test: Answers) {
    let modes = modes ?? scoring.possibleModes
    let heldOut = try LabelledInputs(data.heldOut, labels: labels)
    let test = try LabelledInputs(data.test, labels: labels)
    return (
      try await scoring.answers(heldOut, pruning: modes, name: "held-out"),
      try await scoring.answers(test, pruning: modes, name: "test")
    )
  }

  private func report(
    _ choice: ShuntChoice, _ answers: (heldOut: Answers, test: Answers), small: String, large: String, hasHead: Bool
  ) async throws -> ExperimentReport {
    let figures = choice.figures(answers.test)
    guard let chosen = figures[choice.mode] else {
      throw TaskError("task \(task.name): there are no rows to score")
    }
    let alone = figures[.none] ?? chosen
    return ExperimentReport(
      name: name, seed: task.smallModel.training.seed,
      versions: .init(
        small: small, architecture: choice.scoring.stages.first?.artifact.network.architecture.name,
        intermediate: choice.intermediate?.card.version, large: large),
      counts: [
        "training": data.training.count, "held_out": data.heldOut.count, "test": data.test.count,
        "head": hasHead ? headRows.count : 0,
      ],
      small: alone.small, intermediate: alone.intermediate, large: alone.large, shunt: chosen.shunt,
      prompt: Dictionary(uniqueKeysWithValues: figures.map { ($0.key.rawValue, $0.value.shunt) }),
      outOfScope: try await outOfScope(choice, answers), curve: choice.curves[choice.mode]?.thinned(to: 200) ?? [],
      testCurve: try answers.test[choice.mode].map { try choice.scoring.curve($0).thinned(to: 200) })
  }

  private func outOfScope(
    _ choice: ShuntChoice, _ answers: (heldOut: Answers, test: Answers)
  ) async throws -> OutOfScopeFigures? {
    guard !data.outOfScope.isEmpty, let heldOut = answers.heldOut[choice.mode], let test = answers.test[choice.mode]
    else { return nil }
    return try await choice.scoring.outOfScope(data.outOfScope, pruning: choice.mode, heldOut: heldOut, test: test)
  }

  private var headRows: [DataRow] { data.headRows(of: task) }
}
