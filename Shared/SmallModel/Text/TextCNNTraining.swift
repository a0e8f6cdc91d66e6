import Torch

extension TextCNN {
  /// Trains on batches of `sources` in turn, starting from this network's weights, on a thread of its own.
  ///
  /// Hard labels are learnt by cross-entropy, a teacher's distributions by KL(teacher ‖ network); ends early by
  /// `settings.patience`.
  /// - Parameters:
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first source is parted off.
  ///   - progress: called after each epoch, from the training's thread.
  /// - Throws: `SmallModelError` for unusable settings or data, `CancellationError` within one step of the task's
  ///   cancellation, `TorchError`.
  public func trained(
    on sources: [TrainingSource], heldOut: TrainingSource? = nil, settings: TrainingSettings,
    progress: @escaping @Sendable (TrainingEpoch) -> Void = { _ in }
  ) async throws -> TrainingOutcome {
    try await onTrainingThread(threads: settings.threads) { checkCancellation in
      let data = try TrainingRun<TextCNNLearner>.divided(
        sources, heldOut: heldOut, labels: shape.labels, settings: settings
      ) { try $0.validate(vocabulary: shape.vocabulary, labels: shape.labels, name: $1) }
      let learner = try TextCNNLearner(
        self, texts: (data.sources + [data.heldOut].compactMap { $0 }).map(\.texts), settings: settings)
      let run = try TrainingRun(learner, data: data, labels: shape.labels, settings: settings)
      let (epochs, best) = try run.run(progress: progress, checkCancellation: checkCancellation)
      try learner.network.roundEmbedding()
      return try TrainingOutcome(
        network: learner.network.weights(into: self), epochs: epochs, bestEpoch: best, heldOut: run.heldOut,
        heldOutLogits: run.heldOut.map { try learner.logits($0.texts) } ?? [])
    }
  }
}

/// A TextCNN while it learns.
final class TextCNNLearner: Learner {
  let network: TextCNNNetwork
  let optimizers: [Optimizer]
  private let shape: TextCNNShape
  private let dropout: TextCNNNetwork.Dropout

  /// - Parameter texts: all that it will read.
  init(_ start: TextCNN, texts: [TokenizedTexts], settings: TrainingSettings) throws {
    shape = start.shape
    let subset = TokenSubset(texts, vocabulary: start.shape.vocabulary, padding: start.shape.padding)
    network = try TextCNNNetwork(start, subset: subset)
    // Gradients of the embedding are sparse, which is Adam's.
    optimizers = try [
      Adam([network.embedding], learningRate: settings.learningRate, decoupled: true),
      settings.optimizer(of: network.layers, weightDecay: settings.weightDecay),
    ]
    dropout = try TextCNNNetwork.Dropout(
      token: settings.tokenDropout, embedding: settings.embeddingDropout, head: settings.dropout,
      generator: RandomGenerator(seed: settings.seed &+ 1))
  }

  var state: [Tensor] { network.parameters }

  func stepLogits(_ texts: TokenizedTexts, indices: [Int], step: Int) throws -> Tensor {
    try network.logits(TextBatch(texts, indices: indices, subset: network.subset), dropout: dropout)
  }

  func logits(_ texts: TokenizedTexts) throws -> [Float] {
    try network.logits(texts, shape: shape, batchSize: 256)
  }
}
