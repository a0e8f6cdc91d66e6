import Torch

/// A copy of the weights at the best epoch so far.
struct BestWeights {
  let epoch: TrainingEpoch
  let copies: [Tensor]

  init(_ epoch: TrainingEpoch, copies: [Tensor]) {
    self.epoch = epoch
    self.copies = copies
  }

  init(_ epoch: TrainingEpoch, _ state: [Tensor]) throws {
    self.init(epoch, copies: try state.map { try $0.detached().clone() })
  }

  func restore(_ state: [Tensor]) throws {
    for (tensor, copy) in zip(state, copies) { try tensor.assign(copy) }
  }
}
