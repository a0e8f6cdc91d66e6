extension TransformerStack {
  /// The layers of one of CLIP's two towers (Radford et al. 2021, section 2.4).
  fileprivate convenience init(
    _ weights: EncoderWeights, _ name: String, _ tower: CLIPConfiguration.Tower, isCausal: Bool,
    _ numbers: TransformerNumbers
  ) throws {
    let shape = Shape(
      layers: tower.layers, hidden: tower.hiddenSize, inner: tower.intermediateSize, heads: tower.heads,
      gelu: tower.gelu,
      epsilon: tower.epsilon, normsFirst: true, isCausal: isCausal)
    try self.init(weights, shape, .clip, prefix: "\(name).encoder.layers.", numbers)
  }
}

extension TransformerStack.Names {
  /// As transformers names CLIP's.
  fileprivate static let clip = Self(
    query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj",
    attentionOutput: "self_attn.out_proj",
    attentionNorm: "layer_norm1", intermediate: "mlp.fc1", output: "mlp.fc2", outputNorm: "layer_norm2")
}

/// What makes an input's features of one of its tokens.
private struct TowerHead {
  private let norm: LayerNorm
  private let projection: PackedLinear
  private let numbers: TransformerNumbers
  private let (hidden, features): (Int, Int)

  init(
    _ weights: EncoderWeights, norm: LayerNorm, _ name: String, _ hidden: Int, _ features: Int,
    _ numbers: TransformerNumbers
  ) throws {
    (self.norm, self.hidden, self.features, self.numbers) = (norm, hidden, features, numbers)
    projection = try PackedLinear(LinearWeights(weights, name, hidden, features, hasBias: false), numbers)
  }

  /// Writes the features, of length 1, of the tokens at `places` of what layers have left in `hidden`.
  func features(
    at places: [Int], of values: UnsafePointer<Float>, to outputs: [UnsafeMutableBufferPointer<Float>],
    on workspace: TransformerWorkspace
  ) throws {
    let rows = TransformerWorkspace.padded(places.count)
    let chosen = workspace.floats(.projections, count: rows * hidden)
    for (row, place) in places.enumerated() {
      (chosen + row * hidden).update(from: values + place * hidden, count: hidden)
    }
    let narrowed = workspace.reserve(.narrowed, bytes: rows * hidden * numbers.size)
    norm(chosen, rows: places.count, to: nil, numbers, narrowed)
    let projected = workspace.floats(.scratch, count: rows * features)
    try projection(narrowed, rows: places.count, to: projected, on: workspace)
    for (row, output) in outputs.enumerated() {
      _ = output.update(fromContentsOf: UnsafeBufferPointer(start: projected + row * features, count: features))
      output.scaleToLengthOne()
    }
  }
}

/// CLIP's text tower.
struct CLIPTextTower {
  private let embeddings: EmbeddingTables
  private let layers: TransformerStack
  private let head: TowerHead

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: CLIPConfiguration, _ numbers: TransformerNumbers) throws {
    let (tower, name) = (configuration.text, "text_model")
    let hidden = tower.hiddenSize
    embeddings = EmbeddingTables(
      tokens: try weights.floats("\(name).embeddings.token_embedding.weight", [configuration.vocabularySize, hidden]),
      positions: try weights.floats("\(name).embeddings.position_embedding.weight", [configuration.positions, hidden]),
      hidden: hidden)
    layers = try TransformerStack(weights, name, tower, isCausal: true, numbers)
    head = try TowerHead(
      weights, norm: LayerNorm(weights, "\(name).final_layer_norm", hidden, epsilon: tower.epsilon), "text_projection",
      hidden, configuration.features, numbers)
  }

  /// Writes the features of a batch's texts, of length 1. A text ends with the token at whose place they are taken.
  func features(
    _ batch: PackedBatch, to outputs: [UnsafeMutableBufferPointer<Float>], on workspace: TransformerWorkspace
  ) throws {
    let values = embeddings.embed(batch, on: workspace)
    try layers.run(batch.ends, on: workspace)
    try head.features(at: batch.ends.map { Int($0) - 1 }, of: values, to: outputs, on: workspace)
  }
}

/// CLIP's image tower, a vision transformer (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929).
struct CLIPImageTower {
  private let patches: PackedLinear
  private let patchNumbers: Int
  private let positions: [Float]  // [1 + patches, hidden]; the class token is added to the first
  private let inputNorm: LayerNorm
  private let layers: TransformerStack
  private let head: TowerHead
  private let hidden: Int

  /// Takes the weights and checks each shape against `configuration`.
  init(_ weights: EncoderWeights, _ configuration: CLIPConfiguration, _ numbers: TransformerNumbers) throws {
    let (tower, patch, name) = (configuration.vision, configuration.patchSize, "vision_model")
    (hidden, patchNumbers) = (tower.hiddenSize, 3 * patch * patch)
    let filters = try weights.floats("\(name).embeddings.patch_embedding.weight", [hidden, 3, patch, patch])
    patches = try PackedLinear(LinearWeights(weight: filters, inputs: patchNumbers), numbers)
    let classToken = try weights.floats("\(name).embeddings.class_embedding", [hidden])
    positions = try weights.floats(
      "\(name).embeddings.position_embedding.weight", [1 + configuration.grid * configuration.grid, hidden]
    ).enumerated().map { $0 < classToken.count ? $1 + classToken[$0] : $1 }
    // Spelt so in every file.
    inputNorm = try LayerNorm(weights, "\(name).pre_layrnorm", hidden, epsilon: tower.epsilon)
    layers = try TransformerStack(weights, name, tower, isCausal: false, numbers)
    head = try TowerHead(
      weights, norm: LayerNorm(weights, "\(name).post_layernorm", hidden, epsilon: tower.epsilon), "visual_projection",
      hidden, configuration.features, numbers)
  }

  /// Writes the features of pictures, of length 1.
  /// - Parameter pixels: of each picture its patches, 3 × patch × patch normalised values each.
  func features(
    _ pixels: [Float], to outputs: [UnsafeMutableBufferPointer<Float>], on workspace: TransformerWorkspace
  ) throws {
    let embedded = try embed(pixels, on: workspace)
    let tokens = positions.count / hidden
    let values = workspace.floats(.hidden, count: TransformerWorkspace.padded(outputs.count * tokens) * hidden)
    for picture in outputs.indices {
      for (place, position) in positions.enumerated() {
        let patch = place - hidden + picture * (positions.count - hidden)
        values[picture * positions.count + place] = place < hidden ? position : position + embedded[patch]
      }
    }
    inputNorm(values, rows: outputs.count * tokens, to: values, layers.numbers, nil)
    try layers.run(outputs.indices.map { Int32(($0 + 1) * tokens) }, on: workspace)
    try head.features(at: outputs.indices.map { $0 * tokens }, of: values, to: outputs, on: workspace)
  }

  /// [patches, hidden], in the workspace.
  private func embed(_ pixels: [Float], on workspace: TransformerWorkspace) throws -> UnsafeMutablePointer<Float> {
    let rows = pixels.count / patchNumbers
    let padded = TransformerWorkspace.padded(rows)
    let narrowed = workspace.reserve(.inner, bytes: padded * patchNumbers * layers.numbers.size)
    layers.numbers.narrow(pixels, to: narrowed)
    let embedded = workspace.floats(.projections, count: padded * hidden)
    try patches(narrowed, rows: rows, to: embedded, on: workspace)
    return embedded
  }
}
