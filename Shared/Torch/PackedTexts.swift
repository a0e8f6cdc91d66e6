import CTorch

/// A transformer's parts over texts of different lengths one behind the other, [tokens, hidden], without padding. They
/// record no gradient.
extension Tensor {
  /// Self-attention within each text (Vaswani et al. 2017): softmax(q · kᵀ) · v by heads; self holds q, k and v side by
  /// side, [tokens, 3 · hidden], q scaled already. Gives [tokens, hidden].
  /// - Parameter ends: of each text one past its last token, int64, rising from 1.
  public func packedAttention(ends: Tensor, heads: Int) throws(TorchError) -> Tensor {
    try .make("packedAttention") { $0.packed_attention(handle, ends.handle, Int64(heads), $1) }
  }

  /// gelu(self · weightᵀ + bias), to 2e-7 of the exact one by erf; self [tokens, in], weight [out, in], bias [out].
  public func linearGelu(weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
    try .make("linearGelu") { $0.linear_gelu(handle, weight.handle, bias.handle, $1) }
  }

  /// Layer normalisation of residual + self · weightᵀ + bias.
  /// - Parameter norm: the normalisation's factors and summands, [out] each, and what it adds to the variance.
  public func linear(
    weight: Tensor, bias: Tensor, addedTo residual: Tensor, norm: (scale: Tensor, shift: Tensor, epsilon: Double)
  ) throws(TorchError) -> Tensor {
    try .make("linearResidualNorm") {
      $0.linear_residual_norm(
        handle, weight.handle, bias.handle, residual.handle, norm.scale.handle, norm.shift.handle, norm.epsilon, $1)
    }
  }

  /// The mean over each text's tokens, [texts, hidden].
  public func packedMean(ends: Tensor) throws(TorchError) -> Tensor {
    try .make("packedMean") { $0.packed_mean(handle, ends.handle, $1) }
  }

  /// The maximum over each text's tokens, [texts, hidden].
  public func packedMaximum(ends: Tensor) throws(TorchError) -> Tensor {
    try .make("packedMaximum") { $0.packed_maximum(handle, ends.handle, $1) }
  }
}
