import Torch

/// A TextCNN on libtorch, for training: tensors that require gradients, of which the embedding has only the rows that
/// the data use.
final class TextCNNNetwork {
  let subset: TokenSubset
  let embedding: Tensor
  let filters: [Tensor]
  let filterBiases: [Tensor]
  let head: Tensor
  let headBias: Tensor
  private let shape: TextCNNShape

  init(_ model: TextCNN, subset: TokenSubset) throws {
    let shape = model.shape
    self.shape = shape
    self.subset = subset
    embedding = try withoutGradient {
      try Tensor(model.embedding, shape: [shape.vocabulary, shape.dimension])
        .selected(0, Tensor(integers: subset.tokens, shape: [subset.tokens.count]))
    }
    filters = try zip(model.filters, shape.filters).map {
      try Tensor($0, shape: [$1.count, shape.dimension, $1.width])
    }
    filterBiases = try model.filterBiases.map { try Tensor($0, shape: [$0.count]) }
    head = try Tensor(model.head, shape: [shape.labels, shape.features])
    headBias = try Tensor(model.headBias, shape: [shape.labels])
    for parameter in parameters { try parameter.requireGradient() }
  }

  /// All but the embedding.
  var layers: [Tensor] { filters + filterBiases + [head, headBias] }

  var parameters: [Tensor] { [embedding] + layers }

  /// The logits [batch, labels]; dropout only where `dropout` names it.
  func logits(_ batch: TrainingBatch, dropout: Dropout? = nil) throws -> Tensor {
    var embedded = try embedding.embedding(batch.tokens, paddingIndex: 0)
    if let dropout { embedded = try dropout.apply(to: embedded) }
    let channels = try embedded.transposed(1, 2)
    var features: [Tensor] = []
    for (filter, bias) in zip(filters, filterBiases) {
      // The bias is the same in each window, so it can wait until after the maximum.
      let windows = try channels.conv1d(weight: filter, bias: nil).narrowed(2, start: 0, length: batch.longest)
      let largest = try windows.maskedFill(batch.isBeyond, -.infinity).max(2).values
      features.append(try (largest + bias).relu())
    }
    features.append(try embedded.sum(1) * batch.scales)
    var joined = try Tensor.concatenated(features, 1)
    if let dropout { joined = try joined.dropout(dropout.head, generator: dropout.generator) }
    return try joined.linear(weight: head, bias: headBias)
  }

  /// What a training step zeroes.
  struct Dropout {
    let token: Double
    let embedding: Double
    let head: Double
    let generator: RandomGenerator

    /// Whole tokens, then single numbers, of embeddings [batch, length, dimension].
    func apply(to embedded: Tensor) throws -> Tensor {
      var result = embedded
      if token > 0 {
        let tokens = Array(embedded.shape.prefix(2)) + [1]
        result = try result * Tensor.full(1, shape: tokens).dropout(token, generator: generator)
      }
      return try embedding > 0 ? result.dropout(embedding, generator: generator) : result
    }
  }

  /// Rounds the embedding to what half precision keeps, so that a file of half the size loses nothing.
  func roundEmbedding() throws { try embedding.assign(embedding.detached().to(.float16).to(.float32)) }

  /// `model` with this network's weights; rows of the embedding that it has not stay.
  func weights(into model: TextCNN) throws -> TextCNN {
    var result = model
    let rows = try embedding.floats()
    for (row, token) in subset.tokens.enumerated() {
      let start = Int(token) * shape.dimension
      result.embedding.replaceSubrange(
        start..<start + shape.dimension, with: rows[row * shape.dimension..<(row + 1) * shape.dimension])
    }
    result.filters = try filters.map { try $0.floats() }
    result.filterBiases = try filterBiases.map { try $0.floats() }
    result.head = try head.floats()
    result.headBias = try headBias.floats()
    return result
  }
}

extension TextCNN {
  /// The logits of texts on libtorch, [texts][labels]; `FoldedTextCNN` gives the same without libtorch and faster.
  /// It blocks: call it from a thread of its own.
  public func logits(_ texts: TokenizedTexts, batchSize: Int = 256) throws -> [Float] {
    let source = TrainingSource(texts: texts, targets: .labels([Int](repeating: 0, count: texts.count)))
    try source.validate(shape, name: "texts")
    let network = try TextCNNNetwork(self, subset: TokenSubset([texts], shape: shape))
    return try network.logits(texts, shape: shape, batchSize: batchSize)
  }
}

extension TextCNNNetwork {
  /// The logits of texts, [texts][labels], without dropout.
  func logits(_ texts: TokenizedTexts, shape: TextCNNShape, batchSize: Int) throws -> [Float] {
    var result = [Float](repeating: 0, count: texts.count * shape.labels)
    let order = (0..<texts.count).sorted { (texts.length($0), $0) < (texts.length($1), $1) }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let indices = Array(order[start..<min(start + batchSize, order.count)])
      let rows = try withoutGradient {
        try logits(TrainingBatch(texts, indices: indices, subset: subset, shape: shape)).floats()
      }
      for (row, index) in indices.enumerated() {
        result.replaceSubrange(
          index * shape.labels..<(index + 1) * shape.labels, with: rows[row * shape.labels..<(row + 1) * shape.labels])
      }
    }
    return result
  }
}
