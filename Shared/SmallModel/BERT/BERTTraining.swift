import Encoders
import Torch

/// A BERT with a linear head while it learns, on libtorch.
///
/// The head reads sentence vectors, whose length is 1, times the root of their dimensions, so that it learns at the rate
/// that suits the layers below it.
final class BERTLearner: Learner {
  let optimizers: [Optimizer]
  /// Of the embeddings, of the layers, of the head.
  let state: [Tensor]
  private let start: StoredBERT
  private let subset: TokenSubset
  private let settings: TrainingSettings
  /// Products in float32 where the processor has bfloat16, too.
  private let isExact: Bool

  /// - Parameters:
  ///   - start: where it starts.
  ///   - texts: all that it will read.
  init(_ start: StoredBERT, texts: [TokenizedTexts], settings: TrainingSettings, isExact: Bool = false) throws {
    let encoder = start.encoder
    let (embeddings, layers) = (encoder.embeddingTensors, encoder.layerTensors)
    subset = TokenSubset(texts, vocabulary: embeddings[0].shape[0], padding: Int(encoder.tokenizer.padding))
    var state = try (embeddings + layers.flatMap { $0 }).map { try Tensor(encoder.floats($0), shape: $0.shape) }
    state[0] = try state[0].selected(0, Tensor(integers: subset.tokens, shape: [subset.tokens.count]))
    let scale = Float(encoder.hidden).squareRoot()
    state.append(try Tensor(start.head.map { $0 / scale }, shape: [start.labelCount, encoder.hidden]))
    state.append(try Tensor(start.headBias, shape: [start.labelCount]))
    let frozen = start.frozenLayers == 0 ? 0 : embeddings.count + layers[0].count * start.frozenLayers
    let learning = Array(state[frozen...])
    for parameter in learning { try parameter.requireGradient() }
    // Weight decay shrinks matrices; biases and normalisations stay free.
    optimizers = try [true, false].map { isMatrix in
      try settings.optimizer(
        of: learning.filter { ($0.shape.count > 1) == isMatrix }, weightDecay: isMatrix ? settings.weightDecay : 0)
    }
    (self.start, self.state, self.settings, self.isExact) = (start, state, settings, isExact)
  }

  func stepLogits(_ texts: TokenizedTexts, indices: [Int], step: Int) throws -> Tensor {
    // Of seed and step alone, so that a training that goes on draws what it would have drawn.
    let generator = try RandomGenerator(seed: settings.seed &* 0x9E37_79B9 &+ UInt64(step))
    let features = try features(texts, indices).dropout(settings.dropout, generator: generator)
    return try features.linear(weight: state[state.count - 2], bias: state[state.count - 1])
  }

  func logits(_ texts: TokenizedTexts) throws -> [Float] {
    try texts.logits(labels: start.labelCount, batchSize: 32) {
      try features(texts, $0).linear(weight: state[state.count - 2], bias: state[state.count - 1])
    }
  }

  /// [indices, hidden], each of length √hidden.
  func features(_ texts: TokenizedTexts, _ indices: [Int]) throws -> Tensor {
    let encoder = start.encoder
    let batch = try PaddedTexts(indices.map { texts[$0].map(subset.number) }, padding: 0)
    let positions = try state[1].narrowed(0, start: 0, length: batch.length) + state[2].narrowed(0, start: 0, length: 1)
    let embedded = try (state[0].embedding(batch.ids) + positions)
      .layerNorm(weight: state[3], bias: state[4], epsilon: encoder.epsilon)
    let means = try embedded.transformerMeans(
      lengths: batch.lengths, parameters: Array(state[encoder.embeddingTensors.count..<state.count - 2]),
      heads: encoder.heads, epsilon: encoder.epsilon, isExact: isExact)
    let lengths = try (means * means).sum(-1, keep: true).squareRoot().clamped(minimum: 1e-12)
    return try means / lengths * Double(encoder.hidden).squareRoot()
  }

  /// Rounds what learnt to what half precision keeps, so that a file of half the size loses nothing.
  func round() throws {
    for tensor in state { try tensor.assign(tensor.detached().to(.float16).to(.float32)) }
  }

  /// The network as it stands; the table's rows that the data have not used stay.
  func network() throws -> StoredBERT {
    let encoder = start.encoder
    var values = try state.map { try $0.floats() }
    var table = try encoder.floats(encoder.embeddingTensors[0]).map { Float(Float16($0)) }
    subset.replace(values[0], in: &table)
    values[0] = table
    let scale = Float(encoder.hidden).squareRoot()
    let parts = encoder.embeddingTensors + encoder.layerTensors.flatMap { $0 }
    return try StoredBERT(
      tensors: zip(parts, values).map { ($0, $1) }, of: encoder, head: values[values.count - 2].map { $0 * scale },
      headBias: values[values.count - 1], frozenLayers: start.frozenLayers)
  }
}
