import Torch

/// A convolutional network over token embeddings (Kim 2014, https://arxiv.org/abs/1408.5882), with the sum of
/// the embeddings beside the filters' maxima; the weights as plain numbers, so that a copy is an assignment.
///
/// For a text of n tokens e₀ … eₙ₋₁ (beyond them zeros, whatever it is batched with):
///
///     maximum of filter f of width w = max(0, biasᶠ + max over p in 0 ..< n of Σⱼ Fᶠⱼ·eₚ₊ⱼ)
///     logits = head · [maxima of all filters, Σ e / √max(n, 1)] + bias
///
/// So there are n windows at each width however short the text, and an empty text has the features zero. The root keeps
/// the sum's size the same at all lengths.
public struct TextCNN: Sendable, Equatable {
  /// The sizes.
  public let shape: TextCNNShape
  /// [vocabulary][dimension]; the padding's row is zero. Rounded to half precision, so that a file of half the size
  /// keeps it to the bit.
  public internal(set) var embedding: [Float]
  /// For each bank [count][dimension][width].
  public internal(set) var filters: [[Float]]
  /// For each bank [count].
  public internal(set) var filterBiases: [[Float]]
  /// [labels][features].
  public internal(set) var head: [Float]
  /// [labels].
  public internal(set) var headBias: [Float]

  /// A network before training, repeatable by its seed: filters and head from an even distribution within
  /// ±1/√(inputs).
  /// - Parameters:
  ///   - embeddings: where the embedding starts; must have the shape's vocabulary and dimension. Without them it
  ///     starts from a normal distribution of deviation 0.3.
  ///   - scale: a factor on `embeddings`. A BERT's vectors are too short for a TextCNN's usual learning rates.
  public init(
    shape: TextCNNShape, embeddings: TokenEmbeddings?, scale: Float = 3, seed: UInt64
  ) throws {
    let generator = try RandomGenerator(seed: seed)
    self.shape = shape
    embedding = try Self.startingEmbedding(shape, embeddings, scale, generator)
    for index in embedding.indices { embedding[index] = Float(Float16(embedding[index])) }
    for index in 0..<shape.dimension { embedding[shape.padding * shape.dimension + index] = 0 }
    filters = try shape.filters.map {
      try Self.uniform($0.count * shape.dimension * $0.width, inputs: shape.dimension * $0.width, generator)
    }
    filterBiases = try shape.filters.map {
      try Self.uniform($0.count, inputs: shape.dimension * $0.width, generator)
    }
    head = try Self.uniform(shape.labels * shape.features, inputs: shape.features, generator)
    headBias = try Self.uniform(shape.labels, inputs: shape.features, generator)
  }

  /// Takes over weights.
  /// - Throws: where one has not the size that `shape` asks for, or holds a number that is not finite.
  init(
    shape: TextCNNShape, embedding: [Float], filters: [[Float]], filterBiases: [[Float]], head: [Float],
    headBias: [Float]
  ) throws {
    self.shape = shape
    self.embedding = embedding
    self.filters = filters
    self.filterBiases = filterBiases
    self.head = head
    self.headBias = headBias
    try validate()
  }

  private static func startingEmbedding(
    _ shape: TextCNNShape, _ embeddings: TokenEmbeddings?, _ scale: Float, _ generator: RandomGenerator
  ) throws -> [Float] {
    guard let embeddings else {
      return try Tensor.normal(deviation: 0.3, shape: [shape.vocabulary * shape.dimension], generator: generator)
        .floats()
    }
    guard embeddings.count == shape.vocabulary, embeddings.dimension == shape.dimension else {
      throw SmallModelError(
        "token embeddings are \(embeddings.count) × \(embeddings.dimension), the network needs \(shape.vocabulary) × "
          + "\(shape.dimension); reduce them with reduced(to:) or take the encoder's own vocabulary")
    }
    return embeddings.values.map { $0 * scale }
  }

  private static func uniform(_ count: Int, inputs: Int, _ generator: RandomGenerator) throws -> [Float] {
    let bound = 1 / Double(inputs).squareRoot()
    return try Tensor.uniform(-bound..<bound, shape: [count], generator: generator).floats()
  }

  private func validate() throws {
    try shape.validate()
    try Self.check(embedding, "embedding", shape.vocabulary * shape.dimension)
    for (index, bank) in shape.filters.enumerated() {
      guard filters.count == shape.filters.count, filterBiases.count == shape.filters.count else {
        throw SmallModelError("TextCNN: \(filters.count) filter banks, the shape has \(shape.filters.count)")
      }
      try Self.check(filters[index], "filters.\(index)", bank.count * shape.dimension * bank.width)
      try Self.check(filterBiases[index], "filters.\(index).bias", bank.count)
    }
    try Self.check(head, "head", shape.labels * shape.features)
    try Self.check(headBias, "head.bias", shape.labels)
    let padding = embedding[shape.padding * shape.dimension..<(shape.padding + 1) * shape.dimension]
    guard padding.allSatisfy({ $0 == 0 }) else {
      throw SmallModelError("TextCNN: the embedding of the padding token \(shape.padding) is not zero")
    }
  }

  private static func check(_ values: [Float], _ name: String, _ count: Int) throws(SmallModelError) {
    guard values.count == count else {
      throw SmallModelError("TextCNN: \(name) has \(values.count) numbers, the shape needs \(count)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw SmallModelError("TextCNN: \(name) holds a number that is not finite")
    }
  }
}
