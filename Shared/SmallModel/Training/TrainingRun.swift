import Cascade
import Foundation
import Torch

/// One training from start to end, on one thread.
final class TrainingRun<Network: Learner> {
  typealias Source = TrainingSet<Network.Inputs>

  /// What was held out, given or parted off; `nil` where nothing was.
  let heldOut: Source?
  private let network: Network
  private let sources: [Source]
  private let labels: Int
  private let settings: TrainingSettings
  private let checkpoint: TrainingCheckpoint?
  private let losses: [TrainingLoss]
  private var order: SplitMix64
  private var step = 0
  private var epochs: [TrainingEpoch] = []
  private var best: BestWeights?

  /// - Parameters:
  ///   - data: what `divided` gave.
  ///   - checkpoint: where the run is kept after each epoch; it goes on from what is there.
  init(
    _ network: Network, data: (sources: [Source], heldOut: Source?), labels: Int, settings: TrainingSettings,
    checkpoint: TrainingCheckpoint? = nil
  ) throws {
    self.network = network
    (sources, heldOut) = data
    self.labels = labels
    self.settings = settings
    self.checkpoint = checkpoint
    losses = try sources.map { try TrainingLoss($0, labels: labels, settings: settings) }
    order = SplitMix64(seed: settings.seed &+ 2)
  }

  /// Parts held-out data off the first source where none are given.
  /// - Parameter validate: refuses a source that does not fit the network, by its name.
  static func divided(
    _ sources: [Source], heldOut: Source?, labels: Int, settings: TrainingSettings,
    validate: (Source, String) throws -> Void
  ) throws -> (sources: [Source], heldOut: Source?) {
    try settings.validate()
    for (index, source) in sources.enumerated() { try validate(source, "training source \(index)") }
    if let heldOut { try validate(heldOut, "held-out data") }
    let filled = sources.filter { $0.count > 0 }
    guard let first = filled.first else { throw SmallModelError("training: there is nothing to learn from") }
    if let heldOut, heldOut.count > 0 { return (filled, heldOut) }
    guard settings.heldOutShare > 0, first.count > 1 else { return (filled, nil) }
    let parts = first.split(heldOutShare: settings.heldOutShare, labels: labels, seed: settings.seed)
    return ([parts.training] + filled.dropFirst(), parts.heldOut)
  }

  /// Trains; afterwards the network has its best weights.
  /// - Returns: every epoch, and the number of the best.
  func run(
    progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> (epochs: [TrainingEpoch], best: Int) {
    try resume()
    for epoch in epochs { progress(epoch) }
    while epochs.count < settings.epochs, !isDone {
      let loss = try trainEpoch(checkCancellation)
      let score = try heldOut.map(evaluate)
      let epoch = TrainingEpoch(
        number: epochs.count + 1, loss: loss, heldOutAccuracy: score?.accuracy, heldOutLoss: score?.loss)
      epochs.append(epoch)
      progress(epoch)
      guard loss.isFinite else {
        throw SmallModelError("training: the loss of epoch \(epoch.number) is \(loss); lower learningRate")
      }
      if best.map({ epoch.isBetter(than: $0.epoch) }) ?? true { best = try BestWeights(epoch, network.state) }
      try checkpoint?.write(moment())
    }
    try best?.restore(network.state)
    try checkpoint?.remove()
    return (epochs, best?.epoch.number ?? epochs.count)
  }

  private var isDone: Bool {
    guard heldOut != nil, let best else { return false }
    return epochs.count - best.epoch.number >= settings.patience
  }

  private func trainEpoch(_ checkCancellation: () throws -> Void) throws -> Double {
    let batches = BatchOrder.epoch(sources.map(\.inputs), batchSize: settings.batchSize, using: &order)
    var total = 0.0
    for entry in batches {
      try checkCancellation()
      let rate = settings.learningRate(step: step, of: batches.count * settings.epochs)
      for optimizer in network.optimizers { try optimizer.setLearningRate(rate) }
      let logits = try network.stepLogits(sources[entry.source].inputs, indices: entry.indices, step: step)
      let loss = try losses[entry.source].value(logits, indices: entry.indices)
      try loss.backward()
      for optimizer in network.optimizers { try optimizer.step() }
      total += try Double(loss.item()) * Double(entry.indices.count)
      step += 1
    }
    return total / Double(sources.reduce(0) { $0 + $1.count })
  }

  private func evaluate(_ heldOut: Source) throws -> (accuracy: Double, loss: Double) {
    let rows = try Tensor(network.logits(heldOut.inputs), shape: [heldOut.count, labels])
    let predicted = try rows.max(1).indices.integers()
    let right = zip(predicted, heldOut.labels(of: labels)).count { Int($0) == $1 }
    let loss = try TrainingLoss(heldOut, labels: labels, settings: TrainingSettings())
      .value(rows, indices: Array(0..<heldOut.count)).item()
    return (Double(right) / Double(heldOut.count), Double(loss))
  }
}

extension TrainingRun {
  /// The numbers that a run goes on with.
  private var tensors: [Tensor] {
    get throws { try network.state + network.optimizers.flatMap { try $0.state() } }
  }

  private func moment() throws -> TrainingMoment {
    TrainingMoment(
      step: step, epochs: epochs, bestEpoch: best?.epoch.number, order: order,
      tensors: try tensors.map { try $0.floats() }, best: try best?.copies.map { try $0.floats() } ?? [])
  }

  /// Goes on from the checkpoint, where there is one.
  private func resume() throws {
    let shapes = try tensors.map(\.shape)
    guard let moment = try checkpoint?.read(shapes: shapes, best: network.state.count) else { return }
    (step, epochs, order) = (moment.step, moment.epochs, moment.order)
    for (tensor, values) in zip(try tensors, moment.tensors) {
      try tensor.assign(Tensor(values, shape: tensor.shape))
    }
    guard let bestEpoch = moment.bestEpoch else { return }
    guard epochs.indices.contains(bestEpoch - 1) else { throw SmallModelError("the checkpoint is damaged") }
    best = BestWeights(
      epochs[bestEpoch - 1], copies: try zip(moment.best, shapes).map { try Tensor($0, shape: $1) })
  }
}

extension TrainingSettings {
  /// The learning rate of a step: it rises evenly, then falls to 0 along half a cosine.
  func learningRate(step: Int, of steps: Int) -> Double {
    let (step, steps, rise) = (Double(step), Double(steps), warmUp * Double(steps))
    if step < rise { return learningRate * (step + 1) / (rise + 1) }
    return learningRate * 0.5 * (1 + cos(.pi * (step - rise) / (steps - rise)))
  }
}
