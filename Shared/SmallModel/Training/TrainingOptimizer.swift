import Torch

/// How weights are moved.
public enum TrainingOptimizer: String, Sendable, Codable, CaseIterable {
  /// Adam with decoupled weight decay.
  case adam
  /// Stochastic gradient descent with Nesterov's momentum of 0.9.
  case descent
}

extension TrainingSettings {
  /// What moves some parameters, shrinking them by `weightDecay`.
  func optimizer(of parameters: [Tensor], weightDecay: Double) throws -> Optimizer {
    switch optimizer {
    case .adam: try Adam(parameters, learningRate: learningRate, weightDecay: weightDecay, decoupled: true)
    case .descent: try StochasticGradientDescent(parameters, learningRate: learningRate, weightDecay: weightDecay)
    }
  }
}
