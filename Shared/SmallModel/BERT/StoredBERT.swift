import Content
import Encoders
import Safetensors
import Tokenizer

extension Architecture {
  /// A BERT encoder that is trained further together with a linear head: the slowest of a text's networks, and the most
  /// accurate.
  public static let bert = Architecture(name: "bert", read: { try StoredBERT($0) }, recipe: { BERTRecipe($0) })
}

/// A BERT encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with a linear head on its sentence vector. All of
/// its weights are the model's own.
public struct StoredBERT: SmallModelNetwork {
  /// Sizes, weights and tokenizer.
  public let encoder: EncoderParts
  /// [labels][hidden].
  public let head: [Float]
  /// [labels].
  public let headBias: [Float]
  /// Lower layers that learning leaves as they are; with one or more the embeddings stay, too.
  public let frozenLayers: Int

  /// - Throws: `SmallModelError` where the parts do not fit each other.
  init(encoder: EncoderParts, head: [Float], headBias: [Float], frozenLayers: Int) throws(SmallModelError) {
    guard headBias.count >= 2, head.count == headBias.count * encoder.hidden else {
      throw SmallModelError(
        "BERT: a head of \(head.count) numbers and \(headBias.count) biases on \(encoder.hidden) features")
    }
    guard 0...encoder.layerTensors.count ~= frozenLayers else {
      throw SmallModelError("BERT: frozen_layers is \(frozenLayers), the encoder has \(encoder.layerTensors.count)")
    }
    guard (head + headBias).allSatisfy(\.isFinite) else {
      throw SmallModelError("BERT: the head holds a number that is not finite")
    }
    (self.encoder, self.head, self.headBias, self.frozenLayers) = (encoder, head, headBias, frozenLayers)
  }

  /// A BERT.
  public var architecture: Architecture { .bert }
  /// As the head has.
  public var labelCount: Int { headBias.count }

  /// On the sentence encoders' own forward pass.
  public func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any SmallModelPredictor {
    let settings = EncoderSettings(threads: card.training.threads, maximumTokens: card.training.maximumTokens)
    return BERTPredictor(
      encoder: try BlockingEncoder(encoder, settings: settings),
      head: try FeatureMatrix(rows: labelCount, columns: encoder.hidden, values: head), headBias: headBias)
  }

  /// Itself.
  public func trainable(_ encoders: EncoderLibrary) -> any TrainableNetwork { self }
}

/// In the metadata `encoder` (its `config.json`), `frozen_layers` and the tokenizer's; the tensors are the encoder's by
/// their names in transformers (float16 where that loses nothing), `head`, `head.bias` and the tokenizer's.
extension StoredBERT {
  init(_ file: SafetensorsFile) throws {
    guard let configuration = file.metadata["encoder"], let frozen = file.metadata["frozen_layers"].flatMap(Int.init)
    else { throw SmallModelError("the metadata lacks encoder or frozen_layers") }
    do {
      let encoder = try EncoderParts(
        configuration: configuration, tokenizer: WordPieceTokenizer(storedIn: file), tensors: file)
      for part in encoder.embeddingTensors + encoder.layerTensors.flatMap({ $0 }) {
        guard try encoder.floats(part).allSatisfy(\.isFinite) else {
          throw SmallModelError("BERT: tensor \(part.name) holds a number that is not finite")
        }
      }
      try self.init(
        encoder: encoder, head: file.floats("head"), headBias: file.floats("head.bias"), frozenLayers: frozen)
    } catch let error as EncoderError {
      throw SmallModelError(error.description)
    }
  }

  /// A network of given weights.
  init(
    tensors: [(part: EncoderParts.Part, values: [Float])], of encoder: EncoderParts, head: [Float], headBias: [Float],
    frozenLayers: Int
  ) throws {
    let stored = tensors.map { ($0.part.name, SafetensorsTensor(halvedWhereExact: $0.values, shape: $0.part.shape)) }
    let file = try SafetensorsFile(
      data: SafetensorsFile.encode(Dictionary(uniqueKeysWithValues: stored)), name: "trained encoder")
    try self.init(
      encoder: EncoderParts(configuration: encoder.configuration, tokenizer: encoder.tokenizer, tensors: file),
      head: head, headBias: headBias, frozenLayers: frozenLayers)
  }

  /// The tensors, and the sizes.
  public func contents() throws -> NetworkContents {
    let parts = encoder.embeddingTensors + encoder.layerTensors.flatMap { $0 }
    var tensors = Dictionary(
      uniqueKeysWithValues: try parts.map {
        ($0.name, SafetensorsTensor(halvedWhereExact: try encoder.floats($0), shape: $0.shape))
      })
    tensors["head"] = SafetensorsTensor(head, shape: [labelCount, encoder.hidden])
    tensors["head.bias"] = SafetensorsTensor(headBias, shape: [labelCount])
    tensors["vocabulary"] = try encoder.tokenizer.storedVocabulary()
    return NetworkContents(
      tensors: tensors,
      metadata: encoder.tokenizer.storedFields.merging([
        "encoder": encoder.configuration, "frozen_layers": "\(frozenLayers)",
      ]) { $1 })
  }
}

extension StoredBERT: TrainableNetwork {
  /// AdamW with a cosine learning rate; ends early by `settings.patience`.
  public func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try await onTrainingThread(threads: settings.threads) { checkCancellation in
      try trained(
        on: sets.map { source($0, settings) }, heldOut: heldOut.map { source($0, settings) }, settings: settings,
        checkpoint: nil, progress: progress, checkCancellation: checkCancellation)
    }
  }

  /// The same on what is tokenized already, on the caller's thread.
  /// - Parameter checkpoint: where the training is kept after each epoch; it goes on from what is there.
  func trained(
    on sources: [TrainingSource], heldOut: TrainingSource?, settings: TrainingSettings,
    checkpoint: TrainingCheckpoint?, progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> TrainedNetwork {
    guard settings.maximumTokens <= encoder.positions else {
      throw SmallModelError(
        "maximum_tokens is \(settings.maximumTokens), the encoder reads \(encoder.positions) at most")
    }
    let vocabulary = encoder.embeddingTensors[0].shape[0]
    let data = try TrainingRun<BERTLearner>.divided(
      sources, heldOut: heldOut, labels: labelCount, settings: settings
    ) { try $0.validate(vocabulary: vocabulary, labels: labelCount, name: $1) }
    let learner = try BERTLearner(
      self, texts: (data.sources + [data.heldOut].compactMap { $0 }).map(\.texts), settings: settings)
    let run = try TrainingRun(learner, data: data, labels: labelCount, settings: settings, checkpoint: checkpoint)
    let (epochs, _) = try run.run(progress: progress, checkCancellation: checkCancellation)
    try learner.round()
    return TrainedNetwork(network: try learner.network(), epochs: epochs)
  }

  /// Examples as the network reads them: with `[CLS]` and `[SEP]`.
  func source(_ examples: TrainingExamples, _ settings: TrainingSettings) -> TrainingSource {
    var texts = TokenizedTexts()
    for input in examples.inputs {
      var tokens: [Int32] = []
      _ = encoder.tokenizer.append(input.text ?? "", to: &tokens, maximum: settings.maximumTokens)
      texts.append(tokens)
    }
    return TrainingSource(texts: texts, targets: examples.targets)
  }
}
