import Encoders
import LargeModel
import Tasks

/// Fits the linear head of a task's large model.
public struct HeadTraining: Sendable {
  private let task: TaskDefinition
  private let factory: LargeModelFactory
  /// How many texts are encoded together.
  private static let batchSize = 512

  /// Fitting by a task's settings.
  public init(task: TaskDefinition, factory: LargeModelFactory) {
    self.task = task
    self.factory = factory
  }

  /// Encodes the rows' texts and fits a head on them.
  public func fit(
    _ texts: LabelledTexts, labels: [String], step: @Sendable (EvaluationStep) -> Void
  ) async throws -> LinearHead {
    step(.stage("encoding \(texts.rows.count) texts for the large model's head"))
    let encoder = try factory.encoder(task.largeModel)
    let pooling = task.largeModel.pooling
    var values: [Float] = []
    var columns = 0
    for start in stride(from: 0, to: texts.rows.count, by: Self.batchSize) {
      let end = min(start + Self.batchSize, texts.rows.count)
      let features = try await encoder.encode(texts.rows[start..<end].map(\.text), pooling: pooling).features
      values += features.values
      columns = features.columns
      step(.progress("texts", end, of: texts.rows.count))
    }
    step(.stage("fitting the head"))
    var fitting = LinearHeadFitting()
    fitting.seed = task.smallModel.training.seed
    fitting.threads = task.largeModel.threads
    let features = try FeatureMatrix(rows: texts.rows.count, columns: columns, values: values)
    return try await fitting.fit(
      LabelledFeatures(features: features, targets: texts.classes), labels: labels, encoderVersion: encoder.version,
      pooling: pooling
    ).head
  }
}
