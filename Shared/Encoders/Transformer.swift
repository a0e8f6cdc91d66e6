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
    tokens = try weights.tensor(EncoderWeights.tokenTable, [configuration.vocabSize, hidden])
    let types = try weights.tensor("embeddings.token_type_embeddings.weight", [configuration.typeVocabSize, hidden])
    positions =
      try weights.tensor("embeddings.position_embeddings.weight", [configuration.maxPositionEmbeddings, hidden])
      + types.narrowed(0, start: 0, length: 1)
    norm = try Norm(weights, "embeddings.LayerNorm", configuration.hiddenSize, epsilon: configuration.layerNormEps)
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
  let attention: SelfAttention
  let attentionOutput: Linear
  let attentionNorm: Norm
  let intermediate: Linear
  let output: Linear
  let outputNorm: Norm

  init(_ weights: EncoderWeights, _ name: String, _ configuration: EncoderConfiguration) throws {
    let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    let parts = ["query", "key", "value"].map { "\(name).attention.self.\($0)" }
    attention = try SelfAttention(weights, parts, heads: configuration.numAttentionHeads, hidden)
    attentionOutput = try Linear(weights, "\(name).attention.output.dense", hidden, hidden)
    attentionNorm = try Norm(
      weights, "\(name).attention.output.LayerNorm", configuration.hiddenSize, epsilon: configuration.layerNormEps)
    intermediate = try Linear(weights, "\(name).intermediate.dense", hidden, inner)
    output = try Linear(weights, "\(name).output.dense", inner, hidden)
    outputNorm = try Norm(
      weights, "\(name).output.LayerNorm", configuration.hiddenSize, epsilon: configuration.layerNormEps)
  }

  /// [tokens, hidden], texts one behind the other, each up to its end.
  func callAsFunction(_ input: Tensor, ends: Tensor) throws -> Tensor {
    let attended = try attentionOutput(attention(input, ends: ends), addedTo: input, attentionNorm)
    return try output(
      attended.linearGelu(weight: intermediate.weight, bias: intermediate.bias), addedTo: attended, outputNorm)
  }
}
