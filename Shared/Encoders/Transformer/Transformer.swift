/// Texts of one batch, one behind the other.
struct PackedBatch: Sendable {
  /// [tokens].
  let ids: [Int32]
  /// Of each token its place in its text, from 0; [tokens].
  let positions: [Int]
  /// One past each text's last token; [texts].
  let ends: [Int32]

  init(_ texts: [ArraySlice<Int32>]) {
    ids = texts.flatMap { $0 }
    positions = texts.flatMap { 0..<$0.count }
    var end: Int32 = 0
    ends = texts.map { text in
      end += Int32(text.count)
      return end
    }
  }

  /// The rows of a text's tokens.
  func rows(of text: Int) -> Range<Int> { Int(text == 0 ? 0 : ends[text - 1])..<Int(ends[text]) }
}

/// The vectors that tokens and places enter a transformer as.
struct EmbeddingTables: Sendable {
  let tokens: [Float]  // [vocabulary, hidden]
  let positions: [Float]  // [positions, hidden]
  let hidden: Int

  /// Writes the sum of both for each token of a batch to a workspace's room `hidden`, and returns it.
  func embed(_ batch: PackedBatch, on workspace: TransformerWorkspace) -> UnsafeMutablePointer<Float> {
    let output = workspace.floats(.hidden, count: TransformerWorkspace.padded(batch.ids.count) * hidden)
    tokens.withUnsafeBufferPointer { tokens in
      positions.withUnsafeBufferPointer { positions in
        for (row, id) in batch.ids.enumerated() {
          let (token, position) = (Int(id) * hidden, batch.positions[row] * hidden)
          let target = output + row * hidden
          for column in 0..<hidden { target[column] = tokens[token + column] + positions[position + column] }
        }
      }
    }
    return output
  }
}

/// A sentence encoder's network: BERT (Devlin et al. 2019) or MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297).
final class Transformer: Sendable {
  private let embeddings: EmbeddingTables
  private let norm: LayerNorm
  private let layers: TransformerStack
  private let hidden: Int

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: EncoderConfiguration, numbers: TransformerNumbers = .best) throws {
    hidden = configuration.hiddenSize
    embeddings = try EmbeddingTables(weights, configuration)
    norm = try LayerNorm(weights, "embeddings.LayerNorm", hidden, epsilon: configuration.layerNormEps)
    let shape = TransformerStack.Shape(
      layers: configuration.numHiddenLayers, hidden: hidden, inner: configuration.intermediateSize,
      heads: configuration.numAttentionHeads, gelu: .exact,
      epsilon: configuration.layerNormEps, normsFirst: false, isCausal: false)
    switch configuration.network {
    case .mpnet:
      let biases = try PositionBiases(weights, configuration)
      layers = try TransformerStack(weights, shape, .mpnet, prefix: "encoder.layer.", biases: biases, numbers)
    case .bert, nil:
      layers = try TransformerStack(weights, shape, .bert, prefix: "encoder.layer.", numbers)
    }
  }

  /// Calls `visit` with the embeddings and then with each layer's output, all [tokens, hidden].
  /// - Returns: the last layer's, in the workspace.
  @discardableResult
  func forward(
    _ batch: PackedBatch, on workspace: TransformerWorkspace, visit: (UnsafePointer<Float>) throws -> Void
  ) throws -> UnsafePointer<Float> {
    let rows = batch.ids.count
    let values = embeddings.embed(batch, on: workspace)
    let narrowed = workspace.reserve(
      .narrowed, bytes: TransformerWorkspace.padded(rows) * hidden * layers.numbers.size)
    norm(values, rows: rows, to: values, layers.numbers, narrowed)
    try visit(values)
    try layers.run(batch.ends, on: workspace) { try visit(values) }
    return UnsafePointer(values)
  }
}

extension EmbeddingTables {
  /// The embedding of token type 0, which all of BERT's tokens have, is added to the places'.
  fileprivate init(_ weights: EncoderWeights, _ configuration: EncoderConfiguration) throws {
    let hidden = configuration.hiddenSize
    self.hidden = hidden
    tokens = try weights.floats(EncoderWeights.tokenTable, [configuration.vocabSize, hidden])
    let places = try weights.floats(
      "embeddings.position_embeddings.weight", [configuration.maxPositionEmbeddings, hidden])
    switch configuration.network {
    case .mpnet: positions = Array(places.dropFirst(configuration.firstPosition * hidden))
    case .bert, nil:
      let kinds = configuration.typeVocabSize ?? 2
      let types = try weights.floats("embeddings.token_type_embeddings.weight", [kinds, hidden])
      positions = places.enumerated().map { $1 + types[$0 % hidden] }
    }
  }
}

extension PositionBiases {
  fileprivate convenience init(_ weights: EncoderWeights, _ configuration: EncoderConfiguration) throws {
    let heads = configuration.numAttentionHeads
    let shape = [configuration.relativeAttentionNumBuckets ?? 32, heads]
    try self.init(
      weights.floats("encoder.relative_attention_bias.weight", shape), heads: heads, reach: configuration.positions)
  }
}

extension TransformerStack.Names {
  /// As transformers names BERT's.
  fileprivate static let bert = Self(
    query: "attention.self.query", key: "attention.self.key", value: "attention.self.value",
    attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense", output: "output.dense", outputNorm: "output.LayerNorm")
  /// As transformers names MPNet's.
  fileprivate static let mpnet = Self(
    query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v", attentionOutput: "attention.attn.o",
    attentionNorm: "attention.LayerNorm", intermediate: "intermediate.dense", output: "output.dense",
    outputNorm: "output.LayerNorm")
}
