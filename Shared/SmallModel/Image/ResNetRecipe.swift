import Content
import Encoders
import Foundation
import Settings

/// A residual network that is trained from nothing.
public struct ResNetRecipe: NetworkRecipe {
  /// How numbers are kept while it answers.
  public enum Precision: String, Sendable, CaseIterable {
    /// 8 bits: several times as fast. What calibrates the model sees these answers.
    case int8
    /// 32 bits.
    case float32
  }

  /// Layers: 6n + 2.
  public var depth: Int
  /// How numbers are kept while it answers.
  public var precision: Precision
  /// The file that training is kept in while it runs; empty: nowhere.
  public var checkpoint: String
  /// How it is trained.
  public var training: TrainingSettings

  /// Reads a task's section of a small model.
  public init(_ reader: SettingsReader) {
    self.init()
    let (least, most) = (ResNetShape.Ranges.blocks.lowerBound * 6 + 2, ResNetShape.Ranges.blocks.upperBound * 6 + 2)
    reader.read("depth", &depth, .integer(in: least...most), help: "Layers: 6n + 2, such as 20, 32, 44 or 56.")
    if depth % 6 != 2 { reader.refuse("depth", because: "\(depth) is not 6n + 2, such as 20, 32, 44 or 56") }
    reader.read("precision", &precision, .choice, help: "How numbers are kept while it answers.")
    reader.read(
      "checkpoint", &checkpoint, .text,
      help: "The file that training is kept in while it runs, so that it goes on where it was stopped; empty: nowhere.")
    training.readOptimizer(reader)
    training.readLabels(reader)
  }

  /// The recipe where a task says nothing else.
  public init() {
    depth = 32
    precision = .int8
    checkpoint = ""
    training = TrainingSettings()
    (training.epochs, training.batchSize, training.patience) = (100, 64, 100)
    (training.optimizer, training.learningRate, training.warmUp) = (.descent, 0.1, 0.05)
    (training.weightDecay, training.logitAdjustment) = (0.0005, 1)
  }

  /// Pictures.
  public var reads: Set<Input.Kind>? { [.image] }

  /// It is trained for hours, and kept meanwhile where settings name a file.
  public var withoutCheckpoint: ResNetRecipe {
    var result = self
    result.checkpoint = ""
    return result
  }

  /// A residual network of this depth and precision.
  public func makes(_ network: any SmallModelNetwork) -> Bool {
    guard let network = network as? StoredResNet else { return false }
    return network.weights.shape.blocks == (depth - 2) / 6 && (network.steps != nil) == (precision == .int8)
  }

  /// Trains on augmented pictures; where numbers of 8 bits serve, training pictures tell their steps.
  public func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try await onTrainingThread(threads: training.threads) { checkCancellation in
      let source = try examples.pictures()
      let (mean, deviation) = source.inputs.statistics()
      let start = ResNet(
        shape: try ResNetShape(blocks: (depth - 2) / 6, labels: labels.count), mean: mean, deviation: deviation,
        seed: training.seed)
      let heldOut = try heldOut?.pictures()
      let outcome = try start.trained(
        on: [source], heldOut: heldOut, settings: training,
        checkpoint: try checkpoint(of: [source] + (heldOut.map { [$0] } ?? []), labels), progress: progress,
        checkCancellation: checkCancellation)
      return TrainedNetwork(
        network: StoredResNet(outcome.network, calibratedOn: precision == .int8 ? source.inputs : nil),
        epochs: outcome.epochs)
    }
  }

  private func checkpoint(
    of data: [TrainingSet<TrainingPictures>], _ labels: [String]
  ) throws -> TrainingCheckpoint? {
    guard !checkpoint.isEmpty else { return nil }
    var truths = Checksum()
    for set in data { truths.append("\(labels) \(set.labels(of: labels.count))") }
    return TrainingCheckpoint(
      url: URL(fileURLWithPath: checkpoint),
      identity: "resnet \(depth), \(try training.metadataText()), \(data.map(\.inputs.checksum)), \(truths)")
  }
}
