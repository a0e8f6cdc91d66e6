import Content
import Encoders
import Foundation
import Settings

/// A BERT encoder that is trained further with a head on it.
public struct BERTRecipe: NetworkRecipe {
  /// The encoder's folder below the models' folder.
  public var encoder = ModelFetch.modelName
  /// Lower layers that learning leaves as they are; with one or more the embeddings stay, too.
  public var frozenLayers = 0
  /// The file that training is kept in while it runs; empty: nowhere.
  public var checkpoint = ""
  /// How it is trained.
  public var training = TrainingSettings()
  /// Texts.
  public var reads: Set<Input.Kind>? { [.text] }

  /// The recipe where a task says nothing else.
  public init() {
    (training.epochs, training.batchSize, training.patience) = (3, 16, 2)
    (training.learningRate, training.warmUp, training.weightDecay) = (1e-4, 0.1, 0.01)
    (training.dropout, training.tokenDropout, training.maximumTokens) = (0.1, 0, 256)
  }

  /// Reads a task's section of a small model.
  public init(_ reader: SettingsReader) {
    self.init()
    reader.read(
      "encoder", &encoder, .filledText, help: "The folder of the BERT encoder that is trained further.")
    reader.read(
      "frozen_layers", &frozenLayers, .integer(in: 0...48),
      help: "Lower layers that learning leaves as they are, which saves time; from 1 on the embeddings stay, too.")
    reader.read(
      "checkpoint", &checkpoint, .text,
      help: "The file that training is kept in while it runs, so that it goes on where it was stopped; empty: nowhere.")
    reader.read(
      "maximum_tokens", &training.maximumTokens, .integer(in: 3...512), help: "Tokens of a text that are read.")
    training.readSteps(reader)
    training.readLabels(reader)
  }

  /// It is trained for up to an hour, and kept meanwhile where settings name a file.
  public var withoutCheckpoint: BERTRecipe {
    var result = self
    result.checkpoint = ""
    return result
  }

  /// A BERT with as many layers frozen; which folder its encoder came from its file does not tell.
  public func makes(_ network: any SmallModelNetwork) -> Bool {
    (network as? StoredBERT)?.frozenLayers == frozenLayers
  }

  /// Trains from the encoder's weights and a head of zeros on.
  public func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try examples.check(have: .text)
    return try await onTrainingThread(threads: training.threads) { checkCancellation in
      let parts = try EncoderParts(contentsOf: encoders.models.encoder(encoder))
      let start = try StoredBERT(
        encoder: parts, head: [Float](repeating: 0, count: labels.count * parts.hidden),
        headBias: [Float](repeating: 0, count: labels.count), frozenLayers: frozenLayers)
      let source = start.source(examples, training)
      let stopping = heldOut.map { start.source($0, training) }
      return try start.trained(
        on: [source], heldOut: stopping, settings: training,
        checkpoint: try checkpoint(of: [source] + (stopping.map { [$0] } ?? []), labels), progress: progress,
        checkCancellation: checkCancellation)
    }
  }

  private func checkpoint(of data: [TrainingSource], _ labels: [String]) throws -> TrainingCheckpoint? {
    guard !checkpoint.isEmpty else { return nil }
    var checksum = Checksum()
    for set in data {
      set.texts.tokens.withUnsafeBytes { checksum.append($0) }
      checksum.append("\(set.texts.ends) \(labels) \(set.labels(of: labels.count))")
    }
    return TrainingCheckpoint(
      url: URL(fileURLWithPath: checkpoint),
      identity: "bert \(encoder), \(frozenLayers) frozen, \(try training.metadataText()), \(checksum)")
  }
}
