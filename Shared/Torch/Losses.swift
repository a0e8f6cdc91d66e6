import CTorch

/// Losses, mean over the batch, as a tensor of one element.
extension Tensor {
  /// Cross-entropy of logits [batch, classes] (self) on class indices.
  /// - Parameters:
  ///   - target: [batch], int64, each in 0 ..< classes.
  ///   - weight: [classes]; the mean is then weighted by the targets' weights.
  ///   - labelSmoothing: the share of each target that is spread evenly over all classes, 0 ... 1.
  public func crossEntropy(
    target: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0
  ) throws(TorchError) -> Tensor {
    try .make("crossEntropy") {
      $0.cross_entropy(handle, target.handle, weight?.handle, labelSmoothing, $1)
    }
  }

  /// KL(target ‖ exp(self)), summed over classes, mean over rows; self holds log-probabilities [batch, classes],
  /// `target` probabilities of the same shape.
  public func klDivergence(target: Tensor) throws(TorchError) -> Tensor {
    try .make("klDivergence") { $0.kl_divergence(handle, target.handle, $1) }
  }
}
