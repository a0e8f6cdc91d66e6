/// The layers of a transformer encoder (Vaswani et al. 2017): self-attention and feed-forward, each with its residual.
final class TransformerStack: Sendable {
  /// What a model's configuration says of its layers.
  struct Shape {
    let layers: Int
    let hidden: Int
    let inner: Int
    let heads: Int
    let gelu: GELUForm
    let epsilon: Double
    /// Whether a layer normalises what attention and feed-forward read, as CLIP does, or what they give, as BERT does.
    let normsFirst: Bool
    /// Whether a token sees only itself and those before it.
    let isCausal: Bool
  }

  /// Under which names the parts of a layer stand in a model's file.
  struct Names {
    let query: String
    let key: String
    let value: String
    let attentionOutput: String
    let attentionNorm: String
    let intermediate: String
    let output: String
    let outputNorm: String
  }

  fileprivate struct Layer {
    let queriesKeysValues: PackedLinear
    let attentionOutput: PackedLinear
    let attentionNorm: LayerNorm
    let intermediate: PackedLinear
    let output: PackedLinear
    let outputNorm: LayerNorm
  }

  let numbers: TransformerNumbers
  private let shape: Shape
  private let layers: [Layer]
  private let biases: PositionBiases?

  /// - Parameters:
  ///   - prefix: what stands before a layer's number, and with that before its names.
  ///   - biases: what is added to the scores of attention in every layer.
  init(
    _ weights: EncoderWeights, _ shape: Shape, _ names: Names, prefix: String, biases: PositionBiases? = nil,
    _ numbers: TransformerNumbers
  ) throws {
    (self.shape, self.numbers, self.biases) = (shape, numbers, biases)
    layers = try (0..<shape.layers).map { try Layer(weights, shape, names, "\(prefix)\($0).", numbers) }
  }

  /// Runs all layers in place.
  /// - Parameters:
  ///   - ends: of each text one past its last token, rising from 1.
  ///   - workspace: its room `hidden` holds the input, [tokens, hidden], and then the output; where layers do not normalise
  ///     first, `narrowed` holds the input too.
  ///   - visit: called behind each layer.
  func run(_ ends: [Int32], on workspace: TransformerWorkspace, visit: () throws -> Void = {}) throws {
    let run = Run(shape: shape, numbers: numbers, biases: biases, ends: ends, workspace: workspace)
    for layer in layers {
      try run.attend(layer)
      try run.feedForward(layer)
      try visit()
    }
  }
}

extension TransformerStack.Layer {
  fileprivate init(
    _ weights: EncoderWeights, _ shape: TransformerStack.Shape, _ names: TransformerStack.Names, _ prefix: String,
    _ numbers: TransformerNumbers
  ) throws {
    let hidden = shape.hidden
    func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws -> LinearWeights {
      try LinearWeights(weights, prefix + name, inputs, outputs)
    }
    // One product instead of three; the queries carry the 1 / √d of the attention.
    let query = try linear(names.query, hidden, hidden).scaled(1 / (Float(hidden) / Float(shape.heads)).squareRoot())
    queriesKeysValues = try PackedLinear(
      LinearWeights(stacked: [query, linear(names.key, hidden, hidden), linear(names.value, hidden, hidden)]), numbers)
    attentionOutput = try PackedLinear(linear(names.attentionOutput, hidden, hidden), numbers, then: .sum)
    attentionNorm = try LayerNorm(weights, prefix + names.attentionNorm, hidden, epsilon: shape.epsilon)
    intermediate = try PackedLinear(linear(names.intermediate, hidden, shape.inner), numbers, then: .gelu(shape.gelu))
    output = try PackedLinear(linear(names.output, shape.inner, hidden), numbers, then: .sum)
    outputNorm = try LayerNorm(weights, prefix + names.outputNorm, hidden, epsilon: shape.epsilon)
  }
}

/// One batch on its way through the layers.
private struct Run {
  let shape: TransformerStack.Shape
  let numbers: TransformerNumbers
  let ends: [Int32]
  let attention: Attention
  let rows: Int
  let workspace: TransformerWorkspace
  let hidden: UnsafeMutablePointer<Float>
  let narrowed: UnsafeMutableRawPointer
  let projections: UnsafeMutablePointer<Float>
  let context: UnsafeMutableRawPointer
  let inner: UnsafeMutableRawPointer
  let scratch: UnsafeMutablePointer<Float>

  init(
    shape: TransformerStack.Shape, numbers: TransformerNumbers, biases: PositionBiases?, ends: [Int32],
    workspace: TransformerWorkspace
  ) {
    (self.shape, self.numbers, self.ends, self.workspace) = (shape, numbers, ends, workspace)
    rows = Int(ends.last ?? 0)
    let padded = TransformerWorkspace.padded(rows)
    hidden = workspace.floats(.hidden, count: padded * shape.hidden)
    narrowed = workspace.reserve(.narrowed, bytes: padded * shape.hidden * numbers.size)
    projections = workspace.floats(.projections, count: padded * 3 * shape.hidden)
    context = workspace.reserve(.context, bytes: padded * shape.hidden * numbers.size)
    inner = workspace.reserve(.inner, bytes: padded * shape.inner * numbers.size)
    attention = Attention(shape, biases)
    scratch = workspace.floats(.scratch, count: attention.scratchCount(ends))
  }

  func attend(_ layer: TransformerStack.Layer) throws {
    if shape.normsFirst { layer.attentionNorm(hidden, rows: rows, to: nil, numbers, narrowed) }
    try layer.queriesKeysValues(narrowed, rows: rows, to: projections, on: workspace)
    attention(projections, ends: ends, scratch: scratch, numbers, to: context)
    try layer.attentionOutput(context, rows: rows, to: hidden, on: workspace)
    if !shape.normsFirst { layer.attentionNorm(hidden, rows: rows, to: hidden, numbers, narrowed) }
  }

  func feedForward(_ layer: TransformerStack.Layer) throws {
    if shape.normsFirst { layer.outputNorm(hidden, rows: rows, to: nil, numbers, narrowed) }
    try layer.intermediate(narrowed, rows: rows, to: inner, on: workspace)
    try layer.output(inner, rows: rows, to: hidden, on: workspace)
    if !shape.normsFirst { layer.outputNorm(hidden, rows: rows, to: hidden, numbers, narrowed) }
  }
}
