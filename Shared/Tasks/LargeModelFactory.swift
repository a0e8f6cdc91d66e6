import Datasets
import Encoders
import Foundation
import LargeModel
import SmallModel

/// Makes a task's large model from its settings.
public struct LargeModelFactory: Sendable {
  private let models: ModelsFolder
  private let environment: [String: String]

  /// A factory whose encoders are in `models`.
  /// - Parameter environment: holds servers' API keys.
  public init(models: ModelsFolder, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.models = models
    self.environment = environment
  }

  /// The large model of a task.
  /// - Parameters:
  ///   - labels: in the order of the classes; none where the task answers with captions.
  ///   - head: for the linear head's kind, where it is at hand already; else the settings name its file.
  ///   - captioner: for a captioner of one's own, where it is at hand already; else the settings name its file.
  ///   - recording: for the recorded kind, rows with what the model answered; without any the settings name their file.
  public func make(
    _ task: TaskDefinition, labels: [String], head: LinearHead? = nil, captioner: CaptionerArtifact? = nil,
    recording: [DataRow]? = nil
  ) async throws -> any LargeModel {
    try await task.largeModel.kind.registration.make(
      task,
      LargeModelParts(
        labels: labels, models: models, environment: environment, head: head, captioner: captioner,
        recording: recording))
  }
}
