import CTorch

/// A transformer's parts over texts of different lengths one behind the other, [tokens, hidden], without padding. They
/// record no gradient.
extension Tensor {
  /// The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).
  public enum GELUForm: Sendable {
    /// x · Φ(x), to 2e-7.
    case exact
    /// x · σ(1.702 x).
    case quick
  }

  /// Self-attention within each text (Vaswani et al. 2017): softmax(q · kᵀ) · v by heads; self holds q, k and v side by
  /// side, [tokens, 3 · hidden], q scaled already. Gives [tokens, hidden].
  /// - Parameters:
  ///   - ends: of each text one past its last token, int64, rising from 1.
  ///   - isCausal: whether a token sees only itself and those before it.
  public func packedAttention(ends: Tensor, heads: Int, isCausal: Bool = false) throws(TorchError) -> Tensor {
    try .make("packedAttention") { $0.packed_attention(handle, ends.handle, Int64(heads), isCausal, $1) }
  }

  /// gelu(self · weightᵀ + bias); self [tokens, in], weight [out, in], bias [out].
  public func linearGelu(weight: Tensor, bias: Tensor, form: GELUForm = .exact) throws(TorchError) -> Tensor {
    try .make("linearGelu") { $0.linear_gelu(handle, weight.handle, bias.handle, form == .quick, $1) }
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
