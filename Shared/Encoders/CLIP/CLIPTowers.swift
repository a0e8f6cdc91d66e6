import Torch

/// The layers of one of CLIP's two towers: normalisation before attention and before feed-forward (Radford et al. 2021,
/// sections 2.4; Vaswani et al. 2017).
private struct TowerLayers {
  private struct Layer {
    let attention: SelfAttention
    let attentionOutput: Linear
    let attentionNorm: Norm
    let intermediate: Linear
    let output: Linear
    let outputNorm: Norm
  }

  private let layers: [Layer]
  private let gelu: Tensor.GELUForm
  private let isCausal: Bool

  init(_ weights: EncoderWeights, _ name: String, _ tower: CLIPConfiguration.Tower, isCausal: Bool) throws {
    let (hidden, inner) = (tower.hiddenSize, tower.intermediateSize)
    (gelu, self.isCausal) = (tower.gelu, isCausal)
    layers = try (0..<tower.layers).map { index in
      let name = "\(name).encoder.layers.\(index)"
      return Layer(
        attention: try SelfAttention(
          weights, ["q_proj", "k_proj", "v_proj"].map { "\(name).self_attn.\($0)" }, heads: tower.heads, hidden),
        attentionOutput: try Linear(weights, "\(name).self_attn.out_proj", hidden, hidden),
        attentionNorm: try Norm(weights, "\(name).layer_norm1", hidden, epsilon: tower.epsilon),
        intermediate: try Linear(weights, "\(name).mlp.fc1", hidden, inner),
        output: try Linear(weights, "\(name).mlp.fc2", inner, hidden),
        outputNorm: try Norm(weights, "\(name).layer_norm2", hidden, epsilon: tower.epsilon))
    }
  }

  /// [tokens, hidden], inputs one behind the other, each up to its end.
  func callAsFunction(_ input: Tensor, ends: Tensor) throws -> Tensor {
    try layers.reduce(input) { hidden, layer in
      let attended =
        try layer.attentionOutput(layer.attention(layer.attentionNorm(hidden), ends: ends, isCausal: isCausal)) + hidden
      let inner = try layer.outputNorm(attended)
        .linearGelu(weight: layer.intermediate.weight, bias: layer.intermediate.bias, form: gelu)
      return try layer.output(inner) + attended
    }
  }
}

/// CLIP's text tower. Not `Sendable`: it stays with who owns it.
final class CLIPTextTower {
  private let tokens: Tensor  // [vocabulary, hidden]
  private let positions: Tensor  // [positions, hidden]
  private let layers: TowerLayers
  private let norm: Norm
  private let projection: Tensor  // [features, hidden]

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: CLIPConfiguration) throws {
    let hidden = configuration.text.hiddenSize
    let name = "text_model"
    tokens = try weights.tensor("\(name).embeddings.token_embedding.weight", [configuration.vocabularySize, hidden])
    positions = try weights.tensor("\(name).embeddings.position_embedding.weight", [configuration.positions, hidden])
    layers = try TowerLayers(weights, name, configuration.text, isCausal: true)
    norm = try Norm(weights, "\(name).final_layer_norm", hidden, epsilon: configuration.text.epsilon)
    projection = try weights.tensor("text_projection.weight", [configuration.features, hidden])
  }

  /// [texts, features], each of length 1. A text ends with the token at whose place its features are taken.
  func features(_ batch: PackedBatch) throws -> Tensor {
    let embedded = try tokens.embedding(batch.ids) + positions.embedding(batch.positions)
    let pooled = try layers(embedded, ends: batch.ends).selected(0, batch.lasts)
    return try norm(pooled).linear(weight: projection, bias: nil).scaledToLengthOne()
  }
}

/// CLIP's image tower, a vision transformer (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929). Not `Sendable`: it
/// stays with who owns it.
final class CLIPImageTower {
  private let patches: Tensor  // [hidden, 3 × patch × patch]
  private let classToken: Tensor  // [1, 1, hidden]
  private let positions: Tensor  // [1 + patches, hidden]
  private let inputNorm: Norm
  private let layers: TowerLayers
  private let outputNorm: Norm
  private let projection: Tensor  // [features, hidden]

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: CLIPConfiguration) throws {
    let (tower, patch) = (configuration.vision, configuration.patchSize)
    let (hidden, name) = (tower.hiddenSize, "vision_model")
    classToken = try weights.tensor("\(name).embeddings.class_embedding", [hidden]).reshaped([1, 1, hidden])
    patches = try weights.tensor("\(name).embeddings.patch_embedding.weight", [hidden, 3, patch, patch])
      .reshaped([hidden, 3 * patch * patch])
    positions = try weights.tensor(
      "\(name).embeddings.position_embedding.weight", [1 + configuration.grid * configuration.grid, hidden])
    // Spelt so in every file.
    inputNorm = try Norm(weights, "\(name).pre_layrnorm", hidden, epsilon: tower.epsilon)
    layers = try TowerLayers(weights, name, tower, isCausal: false)
    outputNorm = try Norm(weights, "\(name).post_layernorm", hidden, epsilon: tower.epsilon)
    projection = try weights.tensor("visual_projection.weight", [configuration.features, hidden])
  }

  /// [pictures, features], each of length 1.
  /// - Parameter pixels: of each picture its patches, 3 × patch × patch normalised values each.
  func features(_ pixels: [Float], pictures: Int) throws -> Tensor {
    let hidden = classToken.shape[2]
    let embedded = try Tensor(pixels, shape: [pixels.count / patches.shape[1], patches.shape[1]])
      .linear(weight: patches, bias: nil).reshaped([pictures, -1, hidden])
    let classes = try Tensor.zeros([pictures, 1, hidden]) + classToken
    let tokens = try Tensor.concatenated([classes, embedded], 1) + positions
    let count = positions.shape[0]
    let (starts, ends) = ((0..<pictures).map { Int64($0 * count) }, (1...pictures).map { Int64($0 * count) })
    let last = try layers(
      inputNorm(tokens.reshaped([pictures * count, hidden])), ends: Tensor(integers: ends, shape: [pictures]))
    return try outputNorm(last.selected(0, Tensor(integers: starts, shape: [pictures])))
      .linear(weight: projection, bias: nil).scaledToLengthOne()
  }
}
