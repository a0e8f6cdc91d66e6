import Torch

/// A TextCNN on libtorch, for training: tensors that require gradients, of which the embedding has only the rows that
/// the data use.
final class TextCNNNetwork {
  let subset: TokenSubset
  let embedding: Tensor
  /// Of each bank [width, count, dimension], the rows of all one below the other.
  let filters: Tensor
  /// Of all banks.
  let filterBiases: Tensor
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
    filters = try Tensor(
      zip(model.filters, shape.filters).flatMap { try Self.turned($0, shape: [$1.count, shape.dimension, $1.width]) },
      shape: [shape.filters.reduce(0) { $0 + $1.width * $1.count }, shape.dimension])
    filterBiases = try Tensor(model.filterBiases.flatMap { $0 }, shape: [shape.filters.reduce(0) { $0 + $1.count }])
    head = try Tensor(model.head, shape: [shape.labels, shape.features])
    headBias = try Tensor(model.headBias, shape: [shape.labels])
    for parameter in parameters { try parameter.requireGradient() }
  }

  /// A bank [count, dimension, width] as [width, count, dimension].
  private static func turned(_ bank: [Float], shape: [Int]) throws -> [Float] {
    try Tensor(bank, shape: shape).transposed(1, 2).transposed(0, 1).floats()
  }

  /// All but the embedding.
  var layers: [Tensor] { [filters, filterBiases, head, headBias] }

  var parameters: [Tensor] { [embedding] + layers }

  /// The logits [batch, labels]; dropout only where `dropout` names it.
  func logits(_ batch: TextBatch, dropout: Dropout? = nil) throws -> Tensor {
    var (table, tokens, keeps) = (embedding, batch.tokens, batch.keeps)
    if let dropout {
      keeps = try keeps.dropout(dropout.token, generator: dropout.generator)
      if dropout.embedding > 0 {
        // Each position has numbers of its own then.
        table = try table.embedding(tokens, paddingIndex: 0).dropout(dropout.embedding, generator: dropout.generator)
        tokens = try Tensor(integers: (0..<batch.count).map(Int64.init), shape: [batch.count])
      }
    }
    var features = try table.textFeatures(
      tokens: tokens, keeps: keeps, ends: batch.ends, weights: filters, biases: filterBiases,
      filters: shape.filters.map { ($0.width, $0.count) })
    if let dropout { features = try features.dropout(dropout.head, generator: dropout.generator) }
    return try features.linear(weight: head, bias: headBias)
  }

  /// What a training step zeroes.
  struct Dropout {
    let token: Double
    let embedding: Double
    let head: Double
    let generator: RandomGenerator
  }

  /// Rounds the embedding to what half precision keeps, so that a file of half the size loses nothing.
  func roundEmbedding() throws { try embedding.assign(embedding.detached().to(.float16).to(.float32)) }

  /// `model` with this network's weights; rows of the embedding that it has not stay.
  func weights(into model: TextCNN) throws -> TextCNN {
    var result = model
    subset.replace(try embedding.floats(), in: &result.embedding)
    (result.filters, result.filterBiases) = ([], [])
    var (row, filter) = (0, 0)
    for bank in shape.filters {
      let rows = try filters.narrowed(0, start: row, length: bank.width * bank.count)
      result.filters.append(
        try rows.reshaped([bank.width, bank.count, shape.dimension]).transposed(0, 1).transposed(1, 2).floats())
      result.filterBiases.append(try filterBiases.narrowed(0, start: filter, length: bank.count).floats())
      (row, filter) = (row + bank.width * bank.count, filter + bank.count)
    }
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
    try source.validate(vocabulary: shape.vocabulary, labels: shape.labels, name: "texts")
    let network = try TextCNNNetwork(
      self, subset: TokenSubset([texts], vocabulary: shape.vocabulary, padding: shape.padding))
    return try network.logits(texts, shape: shape, batchSize: batchSize)
  }
}

extension TextCNNNetwork {
  /// The logits of texts, [texts][labels], without dropout.
  func logits(_ texts: TokenizedTexts, shape: TextCNNShape, batchSize: Int) throws -> [Float] {
    try texts.logits(labels: shape.labels, batchSize: batchSize) {
      try logits(TextBatch(texts, indices: $0, subset: subset))
    }
  }
}
