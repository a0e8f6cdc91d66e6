import Content
import Encoders

/// A TextCNN whose embedding starts from an encoder's token table.
public struct TextCNNRecipe: NetworkRecipe {
  /// Dimensions of the token embeddings.
  public var dimension: Int
  /// The filters, by width.
  public var filters: [FilterBank]
  /// The folder of the encoder whose vocabulary and token table the model starts from.
  public var encoder: String
  /// A factor on that table's vectors.
  public var embeddingScale: Double
  /// How it is trained.
  public var training: TrainingSettings
  /// Texts.
  public var reads: Set<Input.Kind>? { [.text] }

  /// A recipe in code.
  public init(
    dimension: Int, filters: [FilterBank], encoder: String, embeddingScale: Double, training: TrainingSettings
  ) {
    self.dimension = dimension
    self.filters = filters
    self.encoder = encoder
    self.embeddingScale = embeddingScale
    self.training = training
  }

  /// A TextCNN of these filters over embeddings of this size.
  public func makes(_ network: any SmallModelNetwork) -> Bool {
    guard let shape = (network as? StoredTextCNN)?.weights.shape else { return false }
    return shape.dimension == dimension && shape.filters == filters
  }

  /// Trains from the encoder's token table on.
  public func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try examples.check(have: .text)
    let (tokenizer, embeddings) = try encoders.tokens(of: encoder, dimension: dimension)
    let shape = try TextCNNShape(
      vocabulary: tokenizer.vocabulary.count, padding: Int(tokenizer.padding), dimension: dimension,
      filters: filters, labels: labels.count)
    let start = try TextCNN(
      shape: shape, embeddings: embeddings, scale: Float(embeddingScale), seed: training.seed)
    let texts = TokenizedTexts(examples.inputs, tokenizer: tokenizer, maximum: training.maximumTokens)
    let network = try StoredTextCNN(
      weights: start, tokenizer: tokenizer, tokenCounts: texts.tokenCounts(vocabulary: tokenizer.vocabulary.count))
    return try await network.trained(
      on: [TrainingSource(texts: texts, targets: examples.targets)],
      heldOut: heldOut.map { network.source($0, training) }, settings: training, progress: progress)
  }
}
