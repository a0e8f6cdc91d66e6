import CTorch

extension Tensor {
  /// The logits [pictures, labels] of a residual network for 32 × 32 pictures (He et al. 2015, section 4.2); self
  /// [pictures, 3, 32, 32], normalised.
  /// - Parameters:
  ///   - parameters: of each convolution in the order of their run the weight [out, in, 3, 3], then of its batch
  ///     normalisation scale, shift, running mean and running variance [out]; last the linear layer's weight
  ///     [labels, 64] and bias [labels].
  ///   - blocks: a stage.
  ///   - isTraining: whether batches are normalised by themselves, which moves the running means and variances.
  public func residualNetwork(_ parameters: [Tensor], blocks: Int, isTraining: Bool) throws(TorchError) -> Tensor {
    let handles: [OpaquePointer?] = parameters.map(\.handle)
    return try .make("residualNetwork") { torch, out in
      withExtendedLifetime(parameters) {
        torch.residual_network(handle, handles, Int64(handles.count), Int64(blocks), isTraining, out)
      }
    }
  }
}
