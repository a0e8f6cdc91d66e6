import Content
import Encoders
import Safetensors
import Tokenizer

extension Architecture {
  /// A convolutional network over a text's tokens, trained from labelled texts, and further by distillation.
  public static let textCNN = Architecture(
    name: "text-cnn", read: { try StoredTextCNN($0) }, recipe: { TextCNNRecipe($0) })
}

/// A TextCNN with its tokenizer.
public struct StoredTextCNN: SmallModelNetwork {
  /// The weights.
  public let weights: TextCNN
  /// What makes tokens of texts.
  public let tokenizer: WordPieceTokenizer
  /// How often each token stood in the training data, [vocabulary]: which ones `FoldedTextCNN` folds first.
  public let tokenCounts: [Int32]

  /// - Throws: where the parts do not fit each other, with what does not.
  public init(weights: TextCNN, tokenizer: WordPieceTokenizer, tokenCounts: [Int32]) throws {
    let shape = weights.shape
    try tokenizer.checkFits(vocabulary: shape.vocabulary, padding: shape.padding, tokenCounts: tokenCounts)
    self.weights = weights
    self.tokenizer = tokenizer
    self.tokenCounts = tokenCounts
  }

  /// A TextCNN.
  public var architecture: Architecture { .textCNN }
  /// As the head has.
  public var labelCount: Int { weights.shape.labels }

  /// Folded, which is how it is fast.
  public func predictor(_ card: ModelCard, _ options: PredictorOptions) throws -> any SmallModelPredictor {
    let folded = try FoldedTextCNN(
      weights, precision: options.precision, memoryBound: options.memoryBound, tokenCounts: tokenCounts)
    return TextCNNPredictor(folded, TokenEncoding(tokenizer, maximumTokens: card.training.maximumTokens))
  }

  /// Itself.
  public func trainable(_ encoders: EncoderLibrary) -> any TrainableNetwork { self }
}

/// In the metadata `shape` as JSON, and `lowercases` (`true` where it is missing); the tensors are `embedding` (float16
/// where that loses nothing), `filters.i`, `filters.i.bias`, `head`, `head.bias`, `token_counts` and `vocabulary` (the
/// tokens' UTF-8, a line each).
extension StoredTextCNN {
  fileprivate init(_ file: SafetensorsFile) throws {
    let shape: TextCNNShape = try file.decodedMetadata("shape")
    try shape.validate()
    try self.init(
      weights: TextCNN(
        shape: shape, embedding: file.floats("embedding", shape: [shape.vocabulary, shape.dimension]),
        filters: shape.filters.enumerated().map {
          try file.floats("filters.\($0)", shape: [$1.count, shape.dimension, $1.width])
        },
        filterBiases: shape.filters.enumerated().map { try file.floats("filters.\($0).bias", shape: [$1.count]) },
        head: file.floats("head", shape: [shape.labels, shape.features]),
        headBias: file.floats("head.bias", shape: [shape.labels])),
      tokenizer: WordPieceTokenizer(storedIn: file),
      tokenCounts: file.integers("token_counts").map { Int32(clamping: $0) })
  }

  /// The tensors, and the shape.
  public func contents() throws -> NetworkContents {
    let shape = weights.shape
    var tensors = [
      "embedding": SafetensorsTensor(halvedWhereExact: weights.embedding, shape: [shape.vocabulary, shape.dimension]),
      "head": SafetensorsTensor(weights.head, shape: [shape.labels, shape.features]),
      "head.bias": SafetensorsTensor(weights.headBias, shape: [shape.labels]),
      "token_counts": SafetensorsTensor(tokenCounts, shape: [shape.vocabulary]),
    ]
    for (index, bank) in shape.filters.enumerated() {
      tensors["filters.\(index)"] = SafetensorsTensor(
        weights.filters[index], shape: [bank.count, shape.dimension, bank.width])
      tensors["filters.\(index).bias"] = SafetensorsTensor(weights.filterBiases[index], shape: [bank.count])
    }
    tensors["vocabulary"] = try tokenizer.storedVocabulary()
    return NetworkContents(
      tensors: tensors,
      metadata: tokenizer.storedFields.merging(["shape": try shape.metadataText()]) { $1 })
  }
}

extension StoredTextCNN: TrainableNetwork {
  /// AdamW with a cosine learning rate; ends early by `settings.patience`.
  public func trained(
    on sets: [TrainingExamples], heldOut: TrainingExamples?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try await trained(
      on: sets.map { source($0, settings) }, heldOut: heldOut.map { source($0, settings) }, settings: settings,
      progress: progress)
  }

  /// The same on what is tokenized already.
  func trained(
    on sources: [TrainingSource], heldOut: TrainingSource?, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    let outcome = try await weights.trained(on: sources, heldOut: heldOut, settings: settings, progress: progress)
    return TrainedNetwork(
      network: try StoredTextCNN(weights: outcome.network, tokenizer: tokenizer, tokenCounts: tokenCounts),
      epochs: outcome.epochs)
  }

  /// Examples as the network reads them.
  func source(_ examples: TrainingExamples, _ settings: TrainingSettings) -> TrainingSource {
    TrainingSource(examples, tokenizer: tokenizer, maximum: settings.maximumTokens)
  }
}

extension SmallModelArtifact {
  /// A TextCNN with its card.
  public init(card: ModelCard, network: TextCNN, tokenizer: WordPieceTokenizer, tokenCounts: [Int32]) throws {
    try self.init(
      card: card, network: StoredTextCNN(weights: network, tokenizer: tokenizer, tokenCounts: tokenCounts))
  }
}
