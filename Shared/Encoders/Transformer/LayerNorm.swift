import CTransformer

/// Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450).
struct LayerNorm {
  private let scale: [Float]  // [width]
  private let shift: [Float]  // [width]
  private let epsilon: Float

  init(_ weights: EncoderWeights, _ name: String, _ width: Int, epsilon: Double) throws {
    scale = try weights.floats("\(name).weight", [width])
    shift = try weights.floats("\(name).bias", [width])
    self.epsilon = Float(epsilon)
  }

  /// - Parameters:
  ///   - values: [rows, width].
  ///   - normed: the result in float32; may be `values`.
  ///   - narrowed: the result in `numbers`.
  func callAsFunction(
    _ values: UnsafePointer<Float>, rows: Int, to normed: UnsafeMutablePointer<Float>?,
    _ numbers: TransformerNumbers, _ narrowed: UnsafeMutableRawPointer?
  ) {
    ctransformer_layer_norm(
      values, Int64(rows), Int64(scale.count), scale, shift, epsilon, normed, numbers.inC, narrowed)
  }
}
