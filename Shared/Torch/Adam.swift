/// The optimizer Adam (Kingma and Ba 2015), or AdamW (Loshchilov and Hutter 2019) with decoupled weight decay.
public final class Adam: Optimizer {
  /// - Parameters:
  ///   - parameters: leaves that require a gradient; the optimizer shares their numbers.
  ///   - weightDecay: the factor of the squared norm (Adam) or of the shrinking of each step (AdamW).
  ///   - decoupled: AdamW.
  public init(
    _ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, decoupled: Bool = false
  ) throws(TorchError) {
    try super.init("adam", parameters) {
      $0.adam($1, Int64($1.count), learningRate, weightDecay, decoupled, $2)
    }
  }
}
