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

  /// Encodes the rows' inputs and fits a head on them.
  /// - Throws: `EvaluationError` naming a row without what the encoder reads; what is wrong with the encoder; `CancellationError`.
  public func fit(
    _ inputs: LabelledInputs, labels: [String], step: @Sendable (EvaluationStep) -> Void
  ) async throws -> LinearHead {
    let (settings, count) = (task.largeModel, inputs.rows.count)
    step(.stage("encoding \(count) inputs for the large model's head"))
    let encoder = try encoders.encoder(settings.encoder, settings: settings.encoderSettings)
    if let row = inputs.rows.first(where: { !$0.input.holds(encoder.reads) }) {
      throw EvaluationError(
        "row \"\(row.id)\" has no \(encoder.reads.rawValue), which is what the encoder \(settings.encoder) reads")
    }
    let features = try await encoder.features(of: inputs.rows.map(\.input), pooling: settings.pooling) {
      step(.progress("inputs", $0, of: count))
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
