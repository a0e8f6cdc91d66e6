import Torch

/// A BERT encoder's weights and its forward pass (Devlin et al. 2019; Vaswani et al. 2017).
///
/// Not `Sendable`: it stays with the thread of the actor that owns it.
final class Transformer {
  private let tokens: Tensor  // [vocabulary, hidden]
  private let positions: Tensor  // [positions, hidden]; the embedding of token type 0 is added already
  private let norm: Norm
  private let layers: [TransformerLayer]

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: EncoderConfiguration) throws {
    let hidden = configuration.hiddenSize
    tokens = try weights.tensor("embeddings.word_embeddings.weight", [configuration.vocabSize, hidden])
    let types = try weights.tensor("embeddings.token_type_embeddings.weight", [configuration.typeVocabSize, hidden])
    positions =
      try weights.tensor("embeddings.position_embeddings.weight", [configuration.maxPositionEmbeddings, hidden])
      + types.narrowed(0, start: 0, length: 1)
    norm = try Norm(weights, "embeddings.LayerNorm", configuration)
    layers = try (0..<configuration.numHiddenLayers).map {
      try TransformerLayer(weights, "encoder.layer.\($0)", configuration)
    }
  }

  /// Calls `visit` with the embeddings and then with each layer's output, all [tokens, hidden].
  func forward(_ batch: PackedBatch, visit: (Tensor) throws -> Void) throws {
    var hidden = try norm(tokens.embedding(batch.ids) + positions.embedding(batch.positions))
    try visit(hidden)
    for layer in layers {
      hidden = try layer(hidden, ends: batch.ends)
      try visit(hidden)
    }
  }
}

/// Self-attention and feed-forward, each with its residual and layer normalisation.
private struct TransformerLayer {
  let heads: Int
  let queriesKeysValues: Linear
  let attentionOutput: Linear
  let attentionNorm: Norm
  let intermediate: Linear
  let output: Linear
  let outputNorm: Norm

  init(_ weights: EncoderWeights, _ name: String, _ configuration: EncoderConfiguration) throws {
    let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    heads = configuration.numAttentionHeads
    let query = try Linear(weights, "\(name).attention.self.query", hidden, hidden)
    let key = try Linear(weights, "\(name).attention.self.key", hidden, hidden)
    let value = try Linear(weights, "\(name).attention.self.value", hidden, hidden)
    // One product instead of three; the queries carry the 1 / √d of the attention.
    queriesKeysValues = try Linear.stacked([
      query.scaled(1 / (Double(hidden) / Double(heads)).squareRoot()), key, value,
    ])
    attentionOutput = try Linear(weights, "\(name).attention.output.dense", hidden, hidden)
    attentionNorm = try Norm(weights, "\(name).attention.output.LayerNorm", configuration)
    intermediate = try Linear(weights, "\(name).intermediate.dense", hidden, inner)
    output = try Linear(weights, "\(name).output.dense", inner, hidden)
    outputNorm = try Norm(weights, "\(name).output.LayerNorm", configuration)
  }

  /// [tokens, hidden], texts one behind the other, each up to its end.
  func callAsFunction(_ input: Tensor, ends: Tensor) throws -> Tensor {
    let attended = try attentionOutput(
      queriesKeysValues(input).packedAttention(ends: ends, heads: heads), addedTo: input, attentionNorm)
    return try output(
      attended.linearGelu(weight: intermediate.weight, bias: intermediate.bias), addedTo: attended, outputNorm)
  }
}

private struct Linear {
  let weight: Tensor  // [out, in]
  let bias: Tensor  // [out]

  init(weight: Tensor, bias: Tensor) { (self.weight, self.bias) = (weight, bias) }

  init(_ weights: EncoderWeights, _ name: String, _ inputs: Int, _ outputs: Int) throws {
    weight = try weights.tensor("\(name).weight", [outputs, inputs])
    bias = try weights.tensor("\(name).bias", [outputs])
  }

  static func stacked(_ parts: [Linear]) throws -> Linear {
    Linear(
      weight: try Tensor.concatenated(parts.map(\.weight), 0), bias: try Tensor.concatenated(parts.map(\.bias), 0))
  }

  func scaled(_ factor: Double) throws -> Linear { Linear(weight: try weight * factor, bias: try bias * factor) }

  func callAsFunction(_ input: Tensor) throws -> Tensor { try input.linear(weight: weight, bias: bias) }

  func callAsFunction(_ input: Tensor, addedTo residual: Tensor, _ norm: Norm) throws -> Tensor {
    try input.linear(
      weight: weight, bias: bias, addedTo: residual,
      norm: (scale: norm.weight, shift: norm.bias, epsilon: norm.epsilon))
  }
}

private struct Norm {
  let weight: Tensor
  let bias: Tensor
  let epsilon: Double

  init(_ weights: EncoderWeights, _ name: String, _ configuration: EncoderConfiguration) throws {
    weight = try weights.tensor("\(name).weight", [configuration.hiddenSize])
    bias = try weights.tensor("\(name).bias", [configuration.hiddenSize])
    epsilon = configuration.layerNormEps
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    try input.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
  }
}
