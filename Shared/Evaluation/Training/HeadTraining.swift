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
  /// - Throws: `EvaluationError` naming a row without a text; what is wrong with the encoder; `CancellationError`.
  public func fit(
    _ inputs: LabelledInputs, labels: [String], step: @Sendable (EvaluationStep) -> Void
  ) async throws -> LinearHead {
    let (settings, count) = (task.largeModel, inputs.rows.count)
    step(.stage("encoding \(count) texts for the large model's head"))
    let texts = try inputs.rows.map { row in
      guard let text = row.input.text else {
        throw EvaluationError("row \"\(row.id)\" has no text, which is what the encoder \(settings.encoder) reads")
      }
      return text
    }
    let encoder = try encoders.encoder(settings.encoder, settings: settings.encoderSettings)
    let features = try await encoder.features(of: texts, pooling: settings.pooling) {
      step(.progress("texts", $0, of: count))
    }
    step(.stage("fitting the head"))
    var fitting = LinearHeadFitting()
    fitting.seed = task.smallModel.training.seed
    fitting.threads = settings.threads
    return try await fitting.fit(
      LabelledFeatures(features: features, targets: inputs.classes), labels: labels, encoderVersion: encoder.version,
      pooling: settings.pooling
    ).head
  }
}
