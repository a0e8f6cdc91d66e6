import Classification
import Datasets
import Foundation
import LargeModel
import Safetensors
import SmallModel
import Tasks
import Tokenizer

/// Trains a task's specific small model (S1) from labelled rows.
public struct SmallModelTraining: Sendable {
  private let task: TaskDefinition
  private let models: ModelsFolder

  /// Training by a task's settings, starting from an encoder in `models`.
  public init(task: TaskDefinition, models: ModelsFolder) {
    self.task = task
    self.models = models
  }

  /// Trains on `rows`.
  /// - Parameters:
  ///   - labels: the classes in order, where the task does not name them; `nil`: those that the rows have.
  ///   - heldOut: rows that decide when to stop; without them a share of `rows` is parted off.
  ///   - progress: called after each epoch.
  /// - Throws: what is wrong with rows, settings or models; `CancellationError`.
  public func train(
    on rows: [DataRow], labels known: [String]? = nil, heldOut: [DataRow] = [],
    progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> TrainedSmallModel {
    let names = task.labels.isEmpty ? known ?? (rows + heldOut).labels : task.labels
    let labels = LabelIndex(names)
    let settings = task.smallModel
    let tokenizer = try models.tokenizer(settings.encoder)
    let tokens = settings.training.maximumTokens
    let training = try LabelledTexts(rows, labels: labels).source(tokenizer: tokenizer, maximumTokens: tokens)
    let stopping = try LabelledTexts(heldOut, labels: labels).source(tokenizer: tokenizer, maximumTokens: tokens)
    let start = try start(labels: names.count, tokenizer)
    let outcome = try await start.trained(
      on: [training], heldOut: heldOut.isEmpty ? nil : stopping, settings: settings.training, progress: progress)
    return TrainedSmallModel(
      labels: names, network: outcome.network, tokenizer: tokenizer, settings: settings, trainingCount: rows.count,
      tokenCounts: training.texts.tokenCounts(vocabulary: tokenizer.vocabulary.count), epochs: outcome.epochs)
  }

  private func start(labels: Int, _ tokenizer: WordPieceTokenizer) throws -> TextCNN {
    let settings = task.smallModel
    let weights = try SafetensorsFile(
      contentsOf: models.encoder(settings.encoder).appendingPathComponent("model.safetensors"))
    let embeddings = try TokenEmbeddings(encoder: weights).reduced(to: settings.dimension)
    let shape = try TextCNNShape(
      vocabulary: tokenizer.vocabulary.count, padding: Int(tokenizer.padding), dimension: settings.dimension,
      filters: settings.filters, labels: labels)
    return try TextCNN(
      shape: shape, embeddings: embeddings, scale: Float(settings.embeddingScale), seed: settings.training.seed)
  }
}
