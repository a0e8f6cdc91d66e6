import Classification
import Datasets
import Foundation
import LargeModel
import Safetensors
import SmallModel
import Tasks
import Tokenizer

/// A small model fresh from training, not yet calibrated.
public struct TrainedSmallModel: Sendable {
  /// The task's labels, in the order of the classes.
  public let labels: [String]
  /// The weights.
  public let network: TextCNN
  /// What its tokens are.
  public let tokenizer: WordPieceTokenizer
  /// How it was trained.
  public let settings: SmallModelSettings
  /// On how many rows.
  public let trainingCount: Int
  /// How often each token stood in them, [vocabulary].
  public let tokenCounts: [Int32]
  /// Every epoch.
  public let epochs: [TrainingEpoch]
}

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

extension TrainedSmallModel {
  /// Temperature and facts by held-out rows.
  public func calibration(on heldOut: LabelledTexts) throws -> SmallModelCalibration {
    let texts = heldOut.source(tokenizer: tokenizer, maximumTokens: settings.training.maximumTokens).texts
    return SmallModelCalibration(
      logits: try FoldedTextCNN(network).logits(texts), classes: heldOut.classes, classCount: labels.count)
  }

  /// The model as it is stored, calibrated but for its threshold.
  public func artifact(
    task: String, calibration: SmallModelCalibration, heldOutCount: Int, createdAt: Date = Date()
  ) throws -> SmallModelArtifact {
    let card = ModelCard(
      task: task, version: ModelVersionName.make(task: task, createdAt: createdAt), createdAt: createdAt,
      labels: labels, temperature: Double(calibration.temperature), prior: calibration.facts.prior,
      recall: calibration.facts.recall, precision: calibration.facts.precision, training: settings.training,
      dataCounts: ["training": trainingCount, "held_out": heldOutCount])
    return try SmallModelArtifact(card: card, network: network, tokenizer: tokenizer, tokenCounts: tokenCounts)
  }
}

/// Names of versions: the task, and the second of the training in UTC.
public enum ModelVersionName {
  /// Such as `sections-20261124T031500Z`.
  public static func make(task: String, createdAt: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
    return "\(task)-\(createdAt.formatted(style))"
  }
}
