import Cascade
import Foundation
import Torch

/// One training from start to end, on one thread.
final class TrainingRun {
  private let start: TextCNN
  private let sources: [TrainingSource]
  private let heldOut: TrainingSource?
  private let settings: TrainingSettings
  private let network: TextCNNNetwork
  private let losses: [TrainingLoss]
  private let optimizers: [Adam]
  private let dropout: TextCNNNetwork.Dropout
  private var order: SplitMix64
  private var step = 0

  init(
    _ start: TextCNN, sources given: [TrainingSource], heldOut givenHeldOut: TrainingSource?,
    settings: TrainingSettings
  ) throws {
    try settings.validate()
    (sources, heldOut) = try Self.divided(given, heldOut: givenHeldOut, shape: start.shape, settings: settings)
    self.start = start
    self.settings = settings
    let texts = sources.map(\.texts) + (heldOut.map { [$0.texts] } ?? [])
    network = try TextCNNNetwork(start, subset: TokenSubset(texts, shape: start.shape))
    losses = try sources.map { try TrainingLoss($0, labels: start.shape.labels, settings: settings) }
    optimizers = try [
      Adam([network.embedding], learningRate: settings.learningRate, decoupled: true),
      Adam(network.layers, learningRate: settings.learningRate, weightDecay: settings.weightDecay, decoupled: true),
    ]
    dropout = try TextCNNNetwork.Dropout(
      token: settings.tokenDropout, embedding: settings.embeddingDropout, head: settings.dropout,
      generator: RandomGenerator(seed: settings.seed &+ 1))
    order = SplitMix64(seed: settings.seed &+ 2)
  }

  /// Checks the data and parts held-out data off the first source where none are given.
  private static func divided(
    _ sources: [TrainingSource], heldOut: TrainingSource?, shape: TextCNNShape, settings: TrainingSettings
  ) throws -> ([TrainingSource], TrainingSource?) {
    for (index, source) in sources.enumerated() { try source.validate(shape, name: "training source \(index)") }
    try heldOut?.validate(shape, name: "held-out data")
    let filled = sources.filter { $0.count > 0 }
    guard let first = filled.first else { throw SmallModelError("training: there is no text to learn from") }
    if let heldOut, heldOut.count > 0 { return (filled, heldOut) }
    guard settings.heldOutShare > 0, first.count > 1 else { return (filled, nil) }
    let parts = first.split(heldOutShare: settings.heldOutShare, labels: shape.labels, seed: settings.seed)
    return ([parts.training] + filled.dropFirst(), parts.heldOut)
  }

  func outcome(
    progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> TrainingOutcome {
    var epochs: [TrainingEpoch] = []
    var best: BestWeights?
    for number in 1...settings.epochs {
      let loss = try trainEpoch(checkCancellation)
      let score = try heldOut.map(evaluate)
      let epoch = TrainingEpoch(
        number: number, loss: loss, heldOutAccuracy: score?.accuracy, heldOutLoss: score?.loss)
      epochs.append(epoch)
      progress(epoch)
      guard loss.isFinite else {
        throw SmallModelError("training: the loss of epoch \(number) is \(loss); lower learningRate")
      }
      if best.map({ epoch.isBetter(than: $0.epoch) }) ?? true { best = try BestWeights(epoch, network) }
      if heldOut != nil, let best, number - best.epoch.number >= settings.patience { break }
    }
    try best?.restore(network)
    try network.roundEmbedding()
    return try TrainingOutcome(
      network: network.weights(into: start), epochs: epochs, bestEpoch: best?.epoch.number ?? epochs.count,
      heldOut: heldOut, heldOutLogits: heldOut.map { try logits($0.texts) } ?? [])
  }

  private func trainEpoch(_ checkCancellation: () throws -> Void) throws -> Double {
    let batches = BatchOrder.epoch(sources.map(\.texts), batchSize: settings.batchSize, using: &order)
    let steps = Double(batches.count * settings.epochs)
    var total = 0.0
    for entry in batches {
      try checkCancellation()
      let rate = settings.learningRate * 0.5 * (1 + cos(.pi * Double(step) / steps))
      for optimizer in optimizers { try optimizer.setLearningRate(rate) }
      let batch = try TrainingBatch(
        sources[entry.source].texts, indices: entry.indices, subset: network.subset)
      let loss = try losses[entry.source].value(network.logits(batch, dropout: dropout), indices: entry.indices)
      try loss.backward()
      for optimizer in optimizers { try optimizer.step() }
      total += try Double(loss.item()) * Double(entry.indices.count)
      step += 1
    }
    return total / Double(sources.reduce(0) { $0 + $1.count })
  }

  private func evaluate(_ heldOut: TrainingSource) throws -> (accuracy: Double, loss: Double) {
    let labelCount = start.shape.labels
    let rows = try Tensor(logits(heldOut.texts), shape: [heldOut.count, labelCount])
    let predicted = try rows.max(1).indices.integers()
    let right = zip(predicted, heldOut.labels(of: labelCount)).count { Int($0) == $1 }
    let loss = try TrainingLoss(heldOut, labels: labelCount, settings: TrainingSettings())
      .value(rows, indices: Array(0..<heldOut.count)).item()
    return (Double(right) / Double(heldOut.count), Double(loss))
  }

  private func logits(_ texts: TokenizedTexts) throws -> [Float] {
    try network.logits(texts, shape: start.shape, batchSize: 256)
  }
}

/// A copy of the weights at the best epoch so far.
private struct BestWeights {
  let epoch: TrainingEpoch
  private let copies: [Tensor]

  init(_ epoch: TrainingEpoch, _ network: TextCNNNetwork) throws {
    self.epoch = epoch
    copies = try network.parameters.map { try $0.detached().clone() }
  }

  func restore(_ network: TextCNNNetwork) throws {
    for (parameter, copy) in zip(network.parameters, copies) { try parameter.assign(copy) }
  }
}
