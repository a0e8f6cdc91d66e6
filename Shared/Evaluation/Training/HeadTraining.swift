import Encoders
import Tasks

/// Fits the linear head of a task's large model.
public struct HeadTraining: Sendable {
  private let task: TaskDefinition
  private let encoders: EncoderLibrary

  /// Fitting by a task's settings, with the encoder that they name.
  public init(task: TaskDefinition, encoders: EncoderLibrary) {
    self.task = task
    self.encoders = encoders
  }

  /// Encodes the rows' texts and fits a head on them.
  public func fit(
    _ texts: LabelledTexts, labels: [String], step: @Sendable (EvaluationStep) -> Void
  ) async throws -> LinearHead {
    let (settings, count) = (task.largeModel, texts.rows.count)
    step(.stage("encoding \(count) texts for the large model's head"))
    let encoder = try encoders.encoder(settings.encoder, settings: settings.encoderSettings)
    let features = try await encoder.features(of: texts.rows.map(\.text), pooling: settings.pooling) {
      step(.progress("texts", $0, of: count))
    }
    step(.stage("fitting the head"))
    var fitting = LinearHeadFitting()
    fitting.seed = task.smallModel.training.seed
    fitting.threads = settings.threads
    return try await fitting.fit(
      LabelledFeatures(features: features, targets: texts.classes), labels: labels, encoderVersion: encoder.version,
      pooling: settings.pooling
    ).head
  }
}
