import Content
import Concurrency
import Encoders
import Settings

/// A linear head that is fitted on the features of a frozen encoder.
public struct EncoderHeadRecipe: NetworkRecipe {
  /// The encoder's folder below the models' folder.
  public var encoder: String
  /// Which features the head is fitted on.
  public var pooling: Pooling
  /// Weight decays to try; a part of the examples that is held out decides.
  public var weightDecays: [Double]
  /// Seed, threads and `maximumTokens` count; the rest is of other networks.
  public var training: TrainingSettings

  /// A recipe in code.
  public init(encoder: String, pooling: Pooling, weightDecays: [Double], training: TrainingSettings) {
    self.encoder = encoder
    self.pooling = pooling
    self.weightDecays = weightDecays
    self.training = training
  }

  /// Reads a task's section of a small model.
  public init(_ reader: SettingsReader) {
    encoder = ModelFetch.modelName
    pooling = .sentence
    weightDecays = LinearHeadFitting().weightDecays
    training = TrainingSettings()
    training.maximumTokens = 256
    reader.read(
      "encoder", &encoder, .filledText,
      help: "The encoder's folder below the models' folder: of a sentence encoder, or of an image encoder such as "
        + "`efficientnet-lite2`.")
    reader.read("pooling", &pooling, .choice, help: "Which of the encoder's features the head is fitted on.")
    reader.read(
      "maximum_tokens", &training.maximumTokens, .integer(in: 3...512), help: "Tokens of a text that are read.")
    reader.read("seed", &training.seed, .integer(in: 0...Int.max), help: "What is held out to choose the decay by.")
    reader.read("threads", &training.threads, .integer(in: 1...1024), help: "Threads of the encoder.")
  }

  /// What the encoder reads; `nil` where it is not there yet.
  public var reads: Set<Input.Kind>? { do { return [try ModelsFolder().reads(encoder)] } catch { return nil } }

  /// A head on these features of this encoder.
  public func makes(_ network: any SmallModelNetwork) -> Bool {
    guard let network = network as? EncoderHead else { return false }
    return network.encoder == encoder && network.head.pooling == pooling
  }

  /// Encodes the examples and fits the head on them; `heldOut` takes no part, because the fit holds out examples of its
  /// own.
  /// - Throws: `SmallModelError` for targets that are no labels.
  public func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    guard case .labels(let classes) = examples.targets else {
      throw SmallModelError("an encoder's head is fitted on labels, not on a teacher's distributions")
    }
    let settings = EncoderSettings(threads: training.threads, maximumTokens: training.maximumTokens)
    let loaded = try await DedicatedThread(name: "encoder").run { try encoders.encoder(encoder, settings: settings) }
    let features = try await loaded.features(of: examples.inputs, pooling: pooling)
    var fitting = LinearHeadFitting()
    (fitting.seed, fitting.threads, fitting.weightDecays) = (training.seed, training.threads, weightDecays)
    let outcome = try await fitting.fit(
      LabelledFeatures(features: features, targets: classes), labels: labels, encoderVersion: loaded.version,
      pooling: pooling)
    let epoch = TrainingEpoch(
      number: outcome.epochs, loss: outcome.heldOutLoss, heldOutAccuracy: outcome.heldOutAccuracy,
      heldOutLoss: outcome.heldOutLoss)
    progress(epoch)
    return TrainedNetwork(network: EncoderHead(encoder: encoder, head: outcome.head), epochs: [epoch])
  }
}
