import Classification
import Content
import Datasets
import Encoders
import Foundation
import SmallModel
import Tasks

/// Trains a task's small models from labelled rows.
public struct SmallModelTraining: Sendable {
  private let task: TaskDefinition
  private let encoders: EncoderLibrary

  /// Training by a task's settings, with the encoders that they name.
  public init(task: TaskDefinition, encoders: EncoderLibrary) {
    self.task = task
    self.encoders = encoders
  }

  /// Trains a small model on `rows`.
  /// - Parameters:
  ///   - recipe: how.
  ///   - rows: labelled.
  ///   - labels: the classes in order, where the task does not name them; `nil`: those that the rows have.
  ///   - heldOut: rows that decide when to stop; without them a share of `rows` is parted off.
  ///   - progress: called after each epoch.
  /// - Throws: what is wrong with rows, settings or models; `CancellationError`.
  public func train(
    _ recipe: any NetworkRecipe, on rows: [DataRow], labels known: [String]?, heldOut: [DataRow],
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedSmallModel {
    let names = task.labels.isEmpty ? known ?? (rows + heldOut).labels : task.labels
    let labels = LabelIndex(names)
    let training = try LabelledInputs(rows, labels: labels).examples
    let stopping = try LabelledInputs(heldOut, labels: labels).examples
    let trained = try await recipe.train(
      training, heldOut: heldOut.isEmpty ? nil : stopping, labels: names, encoders: encoders, progress: progress)
    return TrainedSmallModel(
      labels: names, network: trained.network, training: recipe.training, trainingCount: rows.count,
      epochs: trained.epochs)
  }
}
