import CTorch

extension Tensor {
  /// The mean over each text's tokens, [texts, hidden], of what a BERT encoder's layers (Devlin et al. 2019) make of self,
  /// the tokens' embeddings [texts, length, hidden].
  /// - Parameters:
  ///   - lengths: [texts], int64, from 1.
  ///   - parameters: of each layer weight and bias of queries, keys, values and of what follows attention, scale and shift
  ///     of a normalisation; weight and bias of the inner and of the outer layer, scale and shift.
  ///   - epsilon: what a normalisation adds to the variance.
  ///   - isExact: whether products compute in float32 where the processor has bfloat16, too.
  public func transformerMeans(
    lengths: Tensor, parameters: [Tensor], heads: Int, epsilon: Double, isExact: Bool = false
  ) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    return try .make("transformerMeans") { torch, out in
      withExtendedLifetime(parameters) {
        torch.transformer_means(
          handle, lengths.handle, handles, Int64(handles.count), Int64(heads), epsilon, isExact, out)
      }
    }
  }
}
