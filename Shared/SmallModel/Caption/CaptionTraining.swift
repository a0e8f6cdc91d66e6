import Cascade
import Encoders
import Torch

/// One training of a decoder from start to end, on one thread.
final class CaptionTraining<Shape: DecoderShape> {
  private let shape: Shape
  private let parameters: [Tensor]
  private let sets: [CaptionSet]
  private let heldOut: CaptionSet?
  private let settings: TrainingSettings
  private let optimizers: [Optimizer]
  private let generator: RandomGenerator
  private var order: SplitMix64
  private var step = 0

  /// - Parameters:
  ///   - weights: where it starts from.
  ///   - sets: those without captions take no part.
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first set's pictures is parted off.
  /// - Throws: `SmallModelError` where there is nothing to learn from, or a setting is out of its range.
  init(
    _ shape: Shape, weights: [[Float]], sets: [CaptionSet], heldOut: CaptionSet?, settings: TrainingSettings
  ) throws {
    try settings.validate()
    let filled = sets.filter { $0.count > 0 }
    guard let first = filled.first else { throw SmallModelError("training: there is no caption to learn from") }
    if let heldOut, heldOut.count > 0 {
      (self.sets, self.heldOut) = (filled, heldOut)
    } else {
      let parts = Self.divided(first, settings)
      (self.sets, self.heldOut) = ([parts.training] + filled.dropFirst(), parts.heldOut)
    }
    (self.shape, self.settings) = (shape, settings)
    let parameters = try zip(weights, shape.parameters).map { try Tensor($0, shape: $1.shape) }
    for parameter in parameters { try parameter.requireGradient() }
    optimizers = try [true, false].map { decays in
      let some = zip(parameters, shape.parameters).filter { $0.1.decays == decays }.map(\.0)
      return try settings.optimizer(of: some, weightDecay: decays ? settings.weightDecay : 0)
    }
    self.parameters = parameters
    generator = try RandomGenerator(seed: settings.seed &+ 1)
    order = SplitMix64(seed: settings.seed &+ 2)
  }

  /// Parts held-out pictures off, with all of their captions.
  private static func divided(
    _ set: CaptionSet, _ settings: TrainingSettings
  ) -> (training: CaptionSet, heldOut: CaptionSet?) {
    let pictures = Set(set.entries.map(\.picture)).sorted()
    guard settings.heldOutShare > 0, pictures.count > 1 else { return (set, nil) }
    var generator = SplitMix64(seed: settings.seed)
    let count = min(max(1, Int(Double(pictures.count) * settings.heldOutShare)), pictures.count - 1)
    let heldOut = Set(pictures.shuffled(using: &generator).prefix(count))
    return (set.ofPictures(Set(pictures).subtracting(heldOut)), set.ofPictures(heldOut))
  }

  /// Trains until held-out captions become less probable, or the epochs are through.
  /// - Returns: the weights at the lowest held-out loss, every epoch, and the temperature at which the held-out captions are
  ///   most probable.
  func run(
    progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> (weights: [[Float]], epochs: [TrainingEpoch], temperature: Double) {
    var epochs: [TrainingEpoch] = []
    var best: BestWeights?
    while epochs.count < settings.epochs, epochs.count - (best?.epoch.number ?? epochs.count) < settings.patience {
      let loss = try trainEpoch(checkCancellation)
      let score = try heldOut.map { try evaluate($0, temperatures: [1]) }
      let epoch = TrainingEpoch(
        number: epochs.count + 1, loss: loss, heldOutAccuracy: score?.accuracy, heldOutLoss: score?.losses.first)
      epochs.append(epoch)
      progress(epoch)
      guard loss.isFinite else {
        throw SmallModelError("training: the loss of epoch \(epoch.number) is \(loss); lower learningRate")
      }
      if (best?.epoch.heldOutLoss ?? .infinity) > (epoch.heldOutLoss ?? -.infinity) {
        best = try BestWeights(epoch, parameters)
      }
    }
    try best?.restore(parameters)
    return (try parameters.map { try $0.floats() }, epochs, try temperature())
  }

  private func trainEpoch(_ checkCancellation: () throws -> Void) throws -> Double {
    let batches = BatchOrder.epoch(sets, batchSize: settings.batchSize, using: &order)
    let dropout = Tensor.Dropout(share: settings.dropout, generator: generator)
    var total = 0.0
    for entry in batches {
      try checkCancellation()
      let rate = settings.learningRate(step: step, of: batches.count * settings.epochs)
      for optimizer in optimizers { try optimizer.setLearningRate(rate) }
      let batch = try CaptionBatch(sets[entry.source], entry.indices, shape: shape)
      let logits = try shape.logits(batch.grids, tokens: batch.tokens, parameters: parameters, dropout: dropout)
      let loss = try batch.loss(logits, labelSmoothing: settings.labelSmoothing)
      try loss.backward()
      for optimizer in optimizers { try optimizer.step() }
      total += try Double(loss.item())
      step += 1
    }
    return total / Double(max(1, batches.count))
  }

  /// The share of tokens that are the most probable ones, and the mean loss of a token at each of some temperatures.
  private func evaluate(
    _ set: CaptionSet, temperatures: [Double]
  ) throws -> (accuracy: Double, losses: [Double]) {
    var (right, count, losses) = (0, 0, temperatures.map { _ in 0.0 })
    let sorted = set.sortedByLength(Array(0..<set.count)[...])
    for start in stride(from: 0, to: sorted.count, by: 128) {
      try withoutGradient {
        let batch = try CaptionBatch(set, Array(sorted[start..<min(start + 128, sorted.count)]), shape: shape)
        let logits = try shape.logits(batch.grids, tokens: batch.tokens, parameters: parameters, dropout: nil)
        let score = try batch.score(logits, temperatures: temperatures)
        right += score.right
        count += batch.count
        losses = zip(losses, score.losses).map { $0 + $1 }
      }
    }
    return (Double(right) / Double(count), losses.map { $0 / Double(count) })
  }

  private func temperature() throws -> Double {
    guard let heldOut else { return 1 }
    let tried = stride(from: 0.6, through: 1.6, by: 0.05).map { $0 }
    let losses = try evaluate(heldOut, temperatures: tried).losses
    return zip(tried, losses).min { $0.1 < $1.1 }?.0 ?? 1
  }
}
