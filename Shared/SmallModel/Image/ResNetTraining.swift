import Cascade
import Torch

extension ResNet {
  /// Trains on batches of `sources` in turn, starting from this network's weights; it blocks the training's thread.
  /// - Parameters:
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first source is parted off.
  ///   - checkpoint: where the training is kept after each epoch; it goes on from what is there.
  ///   - progress: called after each epoch.
  ///   - checkCancellation: called before each step.
  func trained(
    on sources: [TrainingSet<TrainingPictures>], heldOut: TrainingSet<TrainingPictures>?, settings: TrainingSettings,
    checkpoint: TrainingCheckpoint? = nil, progress: (TrainingEpoch) -> Void,
    checkCancellation: () throws -> Void
  ) throws -> (network: ResNet, epochs: [TrainingEpoch]) {
    let data = try TrainingRun<ResNetLearner>.divided(
      sources, heldOut: heldOut, labels: shape.labels, settings: settings
    ) { try $0.validate(labels: shape.labels, name: $1) }
    let learner = try ResNetLearner(self, settings: settings)
    let run = try TrainingRun(learner, data: data, labels: shape.labels, settings: settings, checkpoint: checkpoint)
    let (epochs, _) = try run.run(progress: progress, checkCancellation: checkCancellation)
    return (try learner.weights(), epochs)
  }
}

/// A residual network while it learns, on libtorch.
final class ResNetLearner: Learner {
  let optimizers: [Optimizer]
  /// Of each convolution weight, scale, shift, mean and variance; then of the linear layer weight and bias.
  let state: [Tensor]
  private let start: ResNet
  private let augmentation: PictureAugmentation
  private let seed: UInt64

  /// - Parameter start: where it starts.
  init(_ start: ResNet, settings: TrainingSettings) throws {
    let (labels, features) = (start.shape.labels, ResNetShape.features)
    let layers = try zip(start.convolutions, start.shape.convolutions).map { convolution, size in
      try [
        Tensor(convolution.weight, shape: [size.output, size.input, 3, 3]),
        Tensor(convolution.scale, shape: [size.output]), Tensor(convolution.shift, shape: [size.output]),
        Tensor(convolution.mean, shape: [size.output]), Tensor(convolution.variance, shape: [size.output]),
      ]
    }
    let head = try (
      weight: Tensor(start.head, shape: [labels, features]), bias: Tensor(start.headBias, shape: [labels])
    )
    state = layers.flatMap { $0 } + [head.weight, head.bias]
    let shrinking = layers.map { $0[0] } + [head.weight]
    let others = layers.flatMap { $0[1...2] } + [head.bias]
    for parameter in shrinking + others { try parameter.requireGradient() }
    optimizers = try [
      settings.optimizer(of: shrinking, weightDecay: settings.weightDecay),
      settings.optimizer(of: others, weightDecay: 0),
    ]
    augmentation = PictureAugmentation(mean: start.mean, deviation: start.deviation)
    seed = settings.seed
    self.start = start
  }

  func stepLogits(_ pictures: TrainingPictures, indices: [Int], step: Int) throws -> Tensor {
    // Of seed and step alone, so that a training that goes on draws what it would have drawn.
    let generator = SplitMix64(seed: seed &* 0x9E37_79B9 &+ UInt64(step))
    return try tensor(pictures, indices, augmentedBy: generator)
      .residualNetwork(state, blocks: start.shape.blocks, isTraining: true)
  }

  func logits(_ pictures: TrainingPictures) throws -> [Float] {
    var result: [Float] = []
    for first in stride(from: 0, to: pictures.count, by: 256) {
      let indices = Array(first..<min(first + 256, pictures.count))
      result += try withoutGradient {
        try tensor(pictures, indices, augmentedBy: nil)
          .residualNetwork(state, blocks: start.shape.blocks, isTraining: false).floats()
      }
    }
    return result
  }

  private func tensor(
    _ pictures: TrainingPictures, _ indices: [Int], augmentedBy generator: SplitMix64?
  ) throws -> Tensor {
    var generator = generator
    let size = TrainingPictures.byteCount
    let values = [Float](unsafeUninitializedCapacity: indices.count * size) { buffer, count in
      for (place, index) in indices.enumerated() {
        augmentation.write(
          pictures[index], using: &generator,
          to: UnsafeMutableBufferPointer(rebasing: buffer[place * size..<(place + 1) * size]))
      }
      count = indices.count * size
    }
    return try Tensor(values, shape: [indices.count, 3, ResNetShape.side, ResNetShape.side])
  }

  /// The network as it stands.
  func weights() throws -> ResNet {
    var result = start
    for index in result.convolutions.indices {
      let values = try state[index * 5..<index * 5 + 5].map { try $0.floats() }
      result.convolutions[index] = ResNet.Convolution(
        weight: values[0], scale: values[1], shift: values[2], mean: values[3], variance: values[4])
    }
    result.head = try state[state.count - 2].floats()
    result.headBias = try state[state.count - 1].floats()
    return result
  }
}
