import Content
import Encoders
import Settings

/// An LSTM whose embedding starts from an encoder's token table.
public struct LSTMRecipe: NetworkRecipe {
  /// Dimensions of the token embeddings.
  public var dimension = 128
  /// Units of a direction, a multiple of 16.
  public var hidden = 128
  /// The folder of the encoder whose vocabulary and token table the model starts from.
  public var encoder = ModelFetch.modelName
  /// A factor on that table's vectors.
  public var embeddingScale = 3.0
  /// How it is trained.
  public var training = TrainingSettings()
  /// Texts.
  public var reads: Set<Input.Kind>? { [.text] }

  /// The recipe where a task says nothing else.
  public init() {
    (training.epochs, training.batchSize, training.patience) = (6, 64, 3)
    (training.tokenDropout, training.embeddingDropout, training.warmUp) = (0.1, 0.1, 0.05)
  }

  /// Reads a task's section of a small model.
  public init(_ reader: SettingsReader) {
    self.init()
    reader.readTokens(&dimension, &encoder, &embeddingScale)
    reader.read(
      "hidden", &hidden, .integer(in: LSTMShape.hiddenRange), help: "Units of each direction, a multiple of 16.")
    if hidden % 16 != 0 { reader.refuse("hidden", because: "\(hidden) is no multiple of 16") }
    training.readText(reader)
  }

  /// An LSTM of as many units over embeddings of this size.
  public func makes(_ network: any SmallModelNetwork) -> Bool {
    guard let shape = (network as? StoredLSTM)?.weights.shape else { return false }
    return shape.dimension == dimension && shape.hidden == hidden
  }

  /// Trains from the encoder's token table on.
  public func train(
    _ examples: TrainingExamples, heldOut: TrainingExamples?, labels: [String], encoders: EncoderLibrary,
    progress: @escaping @Sendable (TrainingEpoch) -> Void
  ) async throws -> TrainedNetwork {
    try examples.check(have: .text)
    return try await onTrainingThread(threads: training.threads) { checkCancellation in
      let (tokenizer, embeddings) = try encoders.tokens(of: encoder, dimension: dimension)
      let shape = try LSTMShape(
        vocabulary: tokenizer.vocabulary.count, padding: Int(tokenizer.padding), dimension: dimension, hidden: hidden,
        labels: labels.count)
      let texts = TokenizedTexts(examples.inputs, tokenizer: tokenizer, maximum: training.maximumTokens)
      let network = try StoredLSTM(
        weights: LSTM(shape: shape, embeddings: embeddings, scale: Float(embeddingScale), seed: training.seed),
        tokenizer: tokenizer, tokenCounts: texts.tokenCounts(vocabulary: shape.vocabulary))
      return try network.trained(
        on: [TrainingSource(texts: texts, targets: examples.targets)],
        heldOut: heldOut.map { network.source($0, training) }, settings: training, progress: progress,
        checkCancellation: checkCancellation)
    }
  }
}
