import Torch

/// A network while it learns, on libtorch: what a training run needs of it.
protocol Learner: AnyObject {
  /// What it reads.
  associatedtype Inputs: TrainingInputs

  /// What moves the weights.
  var optimizers: [Optimizer] { get }
  /// All numbers that learning changes.
  var state: [Tensor] { get }

  /// The logits [indices, labels] of a step, with what makes a step differ from an answer, such as dropout.
  /// - Parameter step: from 0.
  func stepLogits(_ inputs: Inputs, indices: [Int], step: Int) throws -> Tensor

  /// The logits of all inputs, [inputs][labels], as answers.
  func logits(_ inputs: Inputs) throws -> [Float]
}
