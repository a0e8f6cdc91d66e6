import Torch

extension LSTM {
  /// Trains on batches of `sources` in turn, starting from this network's weights; it blocks the training's thread.
  /// - Parameters:
  ///   - heldOut: never trained on. Without it `settings.heldOutShare` of the first source is parted off.
  ///   - progress: called after each epoch.
  ///   - checkCancellation: called before each step.
  func trained(
    on sources: [TrainingSource], heldOut: TrainingSource?, settings: TrainingSettings,
    progress: (TrainingEpoch) -> Void, checkCancellation: () throws -> Void
  ) throws -> (network: LSTM, epochs: [TrainingEpoch]) {
    let data = try TrainingRun<LSTMLearner>.divided(
      sources, heldOut: heldOut, labels: shape.labels, settings: settings
    ) { try $0.validate(vocabulary: shape.vocabulary, labels: shape.labels, name: $1) }
    let learner = try LSTMLearner(
      self, texts: (data.sources + [data.heldOut].compactMap { $0 }).map(\.texts), settings: settings)
    let run = try TrainingRun(learner, data: data, labels: shape.labels, settings: settings)
    let (epochs, _) = try run.run(progress: progress, checkCancellation: checkCancellation)
    try learner.roundEmbedding()
    return (try learner.weights(into: self), epochs)
  }
}

/// An LSTM while it learns, on libtorch; of the embedding it has only the rows that the data use.
final class LSTMLearner: Learner {
  let optimizers: [Optimizer]
  private let subset: TokenSubset
  private let embedding: Tensor
  /// Of each direction input weights, recurrent weights and biases.
  private let directions: [Tensor]
  private let head: Tensor
  private let headBias: Tensor
  private let settings: TrainingSettings
  private let generator: RandomGenerator

  /// - Parameter texts: all that it will read.
  init(_ start: LSTM, texts: [TokenizedTexts], settings: TrainingSettings) throws {
    let shape = start.shape
    let gates = LSTMShape.gates * shape.hidden
    subset = TokenSubset(texts, vocabulary: shape.vocabulary, padding: shape.padding)
    embedding = try Tensor(start.embedding, shape: [shape.vocabulary, shape.dimension])
      .selected(0, Tensor(integers: subset.tokens, shape: [subset.tokens.count]))
    directions = try [start.forward, start.backward].flatMap {
      try [
        Tensor($0.input, shape: [gates, shape.dimension]), Tensor($0.recurrent, shape: [gates, shape.hidden]),
        Tensor($0.bias, shape: [gates]),
      ]
    }
    head = try Tensor(start.head, shape: [shape.labels, shape.features])
    headBias = try Tensor(start.headBias, shape: [shape.labels])
    self.settings = settings
    generator = try RandomGenerator(seed: settings.seed &+ 1)
    let layers = directions + [head, headBias]
    for parameter in [embedding] + layers { try parameter.requireGradient() }
    optimizers = try [
      Adam([embedding], learningRate: settings.learningRate, decoupled: true),
      settings.optimizer(of: layers, weightDecay: settings.weightDecay),
    ]
  }

  var state: [Tensor] { [embedding] + directions + [head, headBias] }

  func stepLogits(_ texts: TokenizedTexts, indices: [Int], step: Int) throws -> Tensor {
    let batch = try PaddedTexts(indices.map { texts[$0].map(subset.number) }, padding: 0)
    let keeps = try Tensor.full(1, shape: [indices.count, batch.length, 1])
      .dropout(settings.tokenDropout, generator: generator)
    let embedded = try (embedding.embedding(batch.ids, paddingIndex: 0) * keeps)
      .dropout(settings.embeddingDropout, generator: generator)
    return try features(embedded, batch).dropout(settings.dropout, generator: generator)
      .linear(weight: head, bias: headBias)
  }

  func logits(_ texts: TokenizedTexts) throws -> [Float] {
    try texts.logits(labels: headBias.count, batchSize: 128) { indices in
      let batch = try PaddedTexts(indices.map { texts[$0].map(subset.number) }, padding: 0)
      return try features(embedding.embedding(batch.ids, paddingIndex: 0), batch).linear(weight: head, bias: headBias)
    }
  }

  private func features(_ embedded: Tensor, _ batch: PaddedTexts) throws -> Tensor {
    try embedded.lstmMaxima(lengths: batch.lengths, parameters: directions)
  }

  func roundEmbedding() throws { try embedding.assign(embedding.detached().to(.float16).to(.float32)) }

  /// `model` with this network's weights; rows of the embedding that it has not stay.
  func weights(into model: LSTM) throws -> LSTM {
    var result = model
    subset.replace(try embedding.floats(), in: &result.embedding)
    let parts = try directions.map { try $0.floats() }
    result.forward = LSTM.Direction(input: parts[0], recurrent: parts[1], bias: parts[2])
    result.backward = LSTM.Direction(input: parts[3], recurrent: parts[4], bias: parts[5])
    result.head = try head.floats()
    result.headBias = try headBias.floats()
    return result
  }
}
