import Torch

/// Self-attention up to the heads' values side by side (Vaswani et al. 2017); what is made of them is a layer's own.
struct SelfAttention {
  let heads: Int
  let queriesKeysValues: Linear

  /// - Parameter names: of the queries', the keys' and the values' linear layers.
  init(_ weights: EncoderWeights, _ names: [String], heads: Int, _ hidden: Int) throws {
    let parts = try names.map { try Linear(weights, $0, hidden, hidden) }
    self.heads = heads
    // One product instead of three; the queries carry the 1 / √d of the attention.
    queriesKeysValues = try Linear.stacked(
      [parts[0].scaled(1 / (Double(hidden) / Double(heads)).squareRoot())] + parts.dropFirst())
  }

  /// [tokens, hidden], texts one behind the other, each up to its end.
  /// - Parameter isCausal: whether a token sees only itself and those before it.
  func callAsFunction(_ input: Tensor, ends: Tensor, isCausal: Bool = false) throws -> Tensor {
    try queriesKeysValues(input).packedAttention(ends: ends, heads: heads, isCausal: isCausal)
  }
}

/// A linear layer.
struct Linear {
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

/// Layer normalisation.
struct Norm {
  let weight: Tensor  // [width]
  let bias: Tensor  // [width]
  let epsilon: Double

  init(_ weights: EncoderWeights, _ name: String, _ width: Int, epsilon: Double) throws {
    weight = try weights.tensor("\(name).weight", [width])
    bias = try weights.tensor("\(name).bias", [width])
    self.epsilon = epsilon
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    try input.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
  }
}

extension Tensor {
  /// Rows of length 1; self [rows, columns].
  func scaledToLengthOne() throws -> Tensor {
    try self / (self * self).sum(-1, keep: true).squareRoot().clamped(minimum: 1e-12)
  }
}
