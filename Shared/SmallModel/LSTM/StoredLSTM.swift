import Content
import Encoders
import Safetensors
import Tokenizer

extension Architecture {
  /// A bidirectional LSTM over a text's tokens, trained from labelled texts, and further by distillation.
  public static let lstm = Architecture(name: "lstm", read: { try StoredLSTM($0) }, recipe: { LSTMRecipe($0) })
}

/// An LSTM with its tokenizer.
public struct StoredLSTM: SmallModelNetwork {
  /// The weights.
  public let weights: LSTM
  /// What makes tokens of texts.
  public let tokenizer: WordPieceTokenizer
  /// How often each token stood in the training data, [vocabulary]: which ones `FoldedLSTM` folds first.
  public let tokenCounts: [Int32]

  /// - Throws: where the parts do not fit each other, with what does not.
  public init(weights: LSTM, tokenizer: WordPieceTokenizer, tokenCounts: [Int32]) throws {
    let shape = weights.shape
    try tokenizer.checkFits(vocabulary: shape.vocabulary, padding: shape.padding, tokenCounts: tokenCounts)
    (self.weights, self.tokenizer, self.tokenCounts) = (weights, tokenizer, tokenCounts)
  }

  /// An LSTM.
  public var architecture: Architecture { .lstm }
  /// As the head has.
  public var labelCount: Int { weights.shape.labels }

  /// Folded, which is how it is fast.
  public func predictor(_ card: ModelCard, _ options: PredictorOptions) -> any SmallModelPredictor {
    let folded = FoldedLSTM(
      weights, precision: options.precision, memoryBound: options.memoryBound, tokenCounts: tokenCounts)
    return LSTMPredictor(
      folded: folded, encoding: TokenEncoding(tokenizer, maximumTokens: card.training.maximumTokens))
  }

  /// Itself.
  public func trainable(_ encoders: EncoderLibrary) -> any TrainableNetwork { self }
}

/// In the metadata `shape` as JSON, and the tokenizer's; the tensors are `embedding` (float16 where that loses nothing), of
/// each direction `forward.input`, `.recurrent` and `.bias`, `head`, `head.bias`, `token_counts` and the tokenizer's.
extension StoredLSTM {
  fileprivate init(_ file: SafetensorsFile) throws {
    let shape: LSTMShape = try file.decodedMetadata("shape")
    try shape.validate()
    let gates = LSTMShape.gates * shape.hidden
    func direction(_ name: String) throws -> LSTM.Direction {
      LSTM.Direction(
        input: try file.floats("\(name).input", shape: [gates, shape.dimension]),
        recurrent: try file.floats("\(name).recurrent", shape: [gates, shape.hidden]),
        bias: try file.floats("\(name).bias", shape: [gates]))
    }
    try self.init(
      weights: LSTM(
        shape: shape, embedding: file.floats("embedding", shape: [shape.vocabulary, shape.dimension]),
        forward: direction("forward"), backward: direction("backward"),
        head: file.floats("head", shape: [shape.labels, shape.features]),
        headBias: file.floats("head.bias", shape: [shape.labels])),
      tokenizer: WordPieceTokenizer(storedIn: file),
      tokenCounts: file.integers("token_counts").map { Int32(clamping: $0) })
  }

  /// The tensors, and the shape.
  public func contents() throws -> NetworkContents {
    let shape = weights.shape
    let gates = LSTMShape.gates * shape.hidden
    var tensors = [
      "embedding": SafetensorsTensor(halvedWhereExact: weights.embedding, shape: [shape.vocabulary, shape.dimension]),
      "head": SafetensorsTensor(weights.head, shape: [shape.labels, shape.features]),
      "head.bias": SafetensorsTensor(weights.headBias, shape: [shape.labels]),
      "token_counts": SafetensorsTensor(tokenCounts, shape: [shape.vocabulary]),
      "vocabulary": try tokenizer.storedVocabulary(),
    ]
    for (name, direction) in [("forward", weights.forward), ("backward", weights.backward)] {
      tensors["\(name).input"] = SafetensorsTensor(direction.input, shape: [gates, shape.dimension])
      tensors["\(name).recurrent"] = SafetensorsTensor(direction.recurrent, shape: [gates, shape.hidden])
      tensors["\(name).bias"] = SafetensorsTensor(direction.bias, shape: [gates])
    }
    return NetworkContents(
      tensors: tensors, metadata: tokenizer.storedFields.merging(["shape": try shape.metadataText()]) { $1 })
  }
}

extension StoredLSTM: TrainableNetwork {
  /// AdamW with a cosine learning rate; ends early by `settings.patience`.
  public func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try await onTrainingThread(threads: settings.threads) { checkCancellation in
      try trained(
        on: sets.map { source($0, settings) }, heldOut: heldOut.map { source($0, settings) }, settings: settings,
        progress: progress, checkCancellation: checkCancellation)
    }
  }

  /// The same on what is tokenized already, on the caller's thread.
  func trained(
    on sources: [TrainingSource], heldOut: TrainingSource?, settings: TrainingSettings,
    progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> TrainedNetwork {
    let outcome = try weights.trained(
      on: sources, heldOut: heldOut, settings: settings, progress: progress, checkCancellation: checkCancellation)
    return TrainedNetwork(
      network: try StoredLSTM(weights: outcome.network, tokenizer: tokenizer, tokenCounts: tokenCounts),
      epochs: outcome.epochs)
  }

  /// Examples as the network reads them.
  func source(_ examples: TrainingExamples, _ settings: TrainingSettings) -> TrainingSource {
    TrainingSource(examples, tokenizer: tokenizer, maximum: settings.maximumTokens)
  }
}
