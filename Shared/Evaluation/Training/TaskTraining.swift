import Cascade
import Classification
import Datasets
import Encoders
import Foundation
import LargeModel
import SmallModel
import Tasks

/// A small model, calibrated but for its threshold.
public struct CalibratedSmallModel: Sendable {
  /// The model as it is stored.
  public let artifact: SmallModelArtifact
  /// Its temperature and held-out facts.
  public let calibration: SmallModelCalibration
  /// Every epoch of its training.
  public let epochs: [TrainingEpoch]
}

/// Trains a task's models from labelled rows.
public struct TaskTraining: Sendable {
  private let task: TaskDefinition
  private let encoders: EncoderLibrary
  private let step: @Sendable (EvaluationStep) -> Void

  /// Training by a task's settings, with the encoders that they name.
  /// - Parameter step: called from any thread.
  public init(
    task: TaskDefinition, encoders: EncoderLibrary, step: @escaping @Sendable (EvaluationStep) -> Void = { _ in }
  ) {
    self.task = task
    self.encoders = encoders
    self.step = step
  }

  /// Trains S1, and fits its temperature.
  /// - Parameters:
  ///   - rows: labelled.
  ///   - labels: the classes in order, where the task does not name them; `nil`: those that the rows have.
  ///   - heldOut: labelled rows that are not trained on; they decide when to stop.
  /// - Throws: what is wrong with rows, settings or models; `CancellationError`.
  public func small(
    on rows: [DataRow], labels: [String]? = nil, heldOut: [DataRow]
  ) async throws -> CalibratedSmallModel {
    step(.stage("training the small model on \(rows.count) rows"))
    let epochs = task.smallModel.training.epochs
    return try await calibrated(task.smallModel, as: .specific, on: rows, labels: labels, heldOut: heldOut) {
      [step] in step(.epoch($0, of: epochs))
    }
  }

  /// Trains the further small model of a task that has one; `nil` for others. Its place in the cascade is yet to be fitted.
  public func intermediate(
    on rows: [DataRow], labels: [String], heldOut: [DataRow]
  ) async throws -> SmallModelArtifact? {
    guard let recipe = task.intermediateModel else { return nil }
    step(.stage("training the intermediate model on \(rows.count) rows"))
    return try await calibrated(recipe, as: .intermediate, on: rows, labels: labels, heldOut: heldOut).artifact
  }

  private func calibrated(
    _ recipe: any NetworkRecipe, as answeredBy: AnsweredBy, on rows: [DataRow], labels: [String]?, heldOut: [DataRow],
    progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> CalibratedSmallModel {
    let trained = try await SmallModelTraining(task: task, encoders: encoders)
      .train(recipe, on: rows, labels: labels, heldOut: heldOut, progress: progress)
    let inputs = try LabelledInputs(heldOut, labels: LabelIndex(trained.labels))
    let calibration = try trained.calibration(on: inputs, encoders: encoders)
    let artifact = try trained.artifact(
      task: task.name, as: answeredBy, calibration: calibration, heldOutCount: heldOut.count)
    return CalibratedSmallModel(artifact: artifact, calibration: calibration, epochs: trained.epochs)
  }

  /// Fits the linear head of the task's large model; `nil` where that has none.
  /// - Parameter rows: labelled.
  public func head(on rows: [DataRow], labels: [String]) async throws -> LinearHead? {
    guard task.largeModel.traits.needsHead else { return nil }
    let inputs = try LabelledInputs(rows, labels: LabelIndex(labels))
    return try await HeadTraining(task: task, encoders: encoders)
      .fit(inputs, labels: labels, step: step)
  }
}
