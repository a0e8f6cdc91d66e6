/// Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013).
public final class StochasticGradientDescent: Optimizer {
  /// - Parameters:
  ///   - parameters: leaves that require a gradient; the optimizer shares their numbers.
  ///   - momentum: the share of its speed that a parameter keeps from step to step, 0 ..< 1.
  ///   - weightDecay: a factor of the squared norm, halved.
  public init(
    _ parameters: [Tensor], learningRate: Double, momentum: Double = 0.9, weightDecay: Double = 0
  ) throws(TorchError) {
    try super.init("gradient descent", parameters) {
      $0.gradient_descent($1, Int64($1.count), learningRate, momentum, weightDecay, $2)
    }
  }
}
