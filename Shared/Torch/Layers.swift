import CTorch

/// What networks are made of. A negative `dimension` counts from the last.
extension Tensor {
  /// self · weightᵀ + bias; self […, in], weight [out, in], bias [out].
  public func linear(weight: Tensor, bias: Tensor?) throws(TorchError) -> Tensor {
    try .make("linear") { $0.linear(handle, weight.handle, bias?.handle, $1) }
  }

  /// The rows of this table [rows, dimension] at `indices`: [indices' shape…, dimension].
  /// - Parameter paddingIndex: the row that gets no gradient.
  public func embedding(_ indices: Tensor, paddingIndex: Int? = nil) throws(TorchError) -> Tensor {
    try .make("embedding") { $0.embedding(handle, indices.handle, Int64(paddingIndex ?? -1), $1) }
  }

  /// Convolution over the last dimension: self [batch, in, length], weight [out, in, width] → [batch, out, length'].
  public func conv1d(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try .make("conv1d") {
      $0.conv1d(handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), $1)
    }
  }

  /// Normalisation over the last dimension.
  public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Double) throws(TorchError) -> Tensor {
    try .make("layerNorm") { $0.layer_norm(handle, weight.handle, bias.handle, epsilon, $1) }
  }

  /// Zeroes each element with `probability` (0 ..< 1) and scales the others so that the mean stays.
  public func dropout(_ probability: Double, generator: RandomGenerator) throws(TorchError) -> Tensor {
    try .make("dropout") { $0.dropout(handle, probability, generator.handle, $1) }
  }

  /// max(x, 0).
  public func relu() throws(TorchError) -> Tensor { try .make("relu") { $0.relu(handle, $1) } }

  /// x · Φ(x), exact by erf.
  public func gelu() throws(TorchError) -> Tensor { try .make("gelu") { $0.gelu(handle, $1) } }

  /// The hyperbolic tangent.
  public func tanh() throws(TorchError) -> Tensor { try .make("tanh") { $0.tanh(handle, $1) } }

  /// exp(x) over their sum.
  public func softmax(_ dimension: Int) throws(TorchError) -> Tensor {
    try .make("softmax") { $0.softmax(handle, Int64(dimension), $1) }
  }

  /// The logarithm of the softmax, computed stably.
  public func logSoftmax(_ dimension: Int) throws(TorchError) -> Tensor {
    try .make("logSoftmax") { $0.log_softmax(handle, Int64(dimension), $1) }
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
