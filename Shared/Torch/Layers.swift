import CTorch

/// What networks are made of. A negative `dimension` counts from the last.
extension Tensor {
  /// self · weightᵀ + bias; self […, in], weight [out, in], bias [out].
  public func linear(weight: Tensor, bias: Tensor?) throws(TorchError) -> Tensor {
    try .make("linear") { ctorch_linear(handle, weight.handle, bias?.handle, $0) }
  }

  /// The rows of this table [rows, dimension] at `indices`: [indices' shape…, dimension].
  /// - Parameter paddingIndex: the row that gets no gradient.
  public func embedding(_ indices: Tensor, paddingIndex: Int? = nil) throws(TorchError) -> Tensor {
    try .make("embedding") { ctorch_embedding(handle, indices.handle, Int64(paddingIndex ?? -1), $0) }
  }

  /// Convolution over the last dimension: self [batch, in, length], weight [out, in, width] → [batch, out, length'].
  public func conv1d(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try .make("conv1d") {
      ctorch_conv1d(handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), $0)
    }
  }

  /// Normalisation over the last dimension.
  public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Double) throws(TorchError) -> Tensor {
    try .make("layerNorm") { ctorch_layer_norm(handle, weight.handle, bias.handle, epsilon, $0) }
  }

  /// Zeroes each element with `probability` (0 ..< 1) and scales the others so that the mean stays.
  public func dropout(_ probability: Double, generator: RandomGenerator) throws(TorchError) -> Tensor {
    try .make("dropout") { ctorch_dropout(handle, probability, generator.handle, $0) }
  }

  /// max(x, 0).
  public func relu() throws(TorchError) -> Tensor { try .make("relu") { ctorch_relu(handle, $0) } }

  /// x · Φ(x), exact by erf.
  public func gelu() throws(TorchError) -> Tensor { try .make("gelu") { ctorch_gelu(handle, $0) } }

  /// The hyperbolic tangent.
  public func tanh() throws(TorchError) -> Tensor { try .make("tanh") { ctorch_tanh(handle, $0) } }

  /// exp(x) over their sum.
  public func softmax(_ dimension: Int) throws(TorchError) -> Tensor {
    try .make("softmax") { ctorch_softmax(handle, Int64(dimension), $0) }
  }

  /// The logarithm of the softmax, computed stably.
  public func logSoftmax(_ dimension: Int) throws(TorchError) -> Tensor {
    try .make("logSoftmax") { ctorch_log_softmax(handle, Int64(dimension), $0) }
  }

  /// softmax(self · keysᵀ / √d + mask) · values (Vaswani et al. 2017, equation 1); self, keys, values
  /// […, length, d].
  /// - Parameter mask: broadcast onto […, length, length]; 0 where attention may go, −∞ or very negative elsewhere.
  public func scaledDotProductAttention(
    keys: Tensor, values: Tensor, mask: Tensor?
  ) throws(TorchError) -> Tensor {
    let dimension = Double(shape.last ?? 1)
    var scores = try matmul(keys.transposed(-2, -1)) * (1 / dimension.squareRoot())
    if let mask { scores = try scores + mask }
    return try scores.softmax(-1).matmul(values)
  }
}
