import Torch

/// A bidirectional LSTM (Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735) over token embeddings,
/// pooled by the largest output of each unit over the text; the weights as plain numbers, so that a copy is an assignment.
///
///     i, f, o = σ(W e + U h + b), g = tanh(W e + U h + b), each with weights of its own
///     c = f · c + i · g, h = o · tanh(c)
///     logits = head · [maxima of h forward, maxima of h backward] + bias
///
/// A text without tokens is read as one padding token.
public struct LSTM: Sendable, Equatable {
  /// The weights of a direction, gates in the order input, forget, cell, output.
  public struct Direction: Sendable, Equatable {
    /// W, [4 · hidden][dimension].
    var input: [Float]
    /// U, [4 · hidden][hidden].
    var recurrent: [Float]
    /// b, [4 · hidden].
    var bias: [Float]
  }

  /// The sizes.
  public let shape: LSTMShape
  /// [vocabulary][dimension]; the padding's row is zero. Rounded to half precision, so that a file of half the size keeps it
  /// to the bit.
  public internal(set) var embedding: [Float]
  /// From a text's first token on.
  public internal(set) var forward: Direction
  /// From its last token on.
  public internal(set) var backward: Direction
  /// [labels][2 · hidden].
  public internal(set) var head: [Float]
  /// [labels].
  public internal(set) var headBias: [Float]

  /// A network before training, repeatable by its seed: weights from an even distribution within ±1/√(hidden), the forget
  /// gates' biases 1, so that it remembers from the start (Jozefowicz et al. 2015).
  /// - Parameters:
  ///   - embeddings: where the embedding starts; must have the shape's vocabulary and dimension.
  ///   - scale: a factor on `embeddings`.
  public init(shape: LSTMShape, embeddings: TokenEmbeddings, scale: Float, seed: UInt64) throws {
    guard embeddings.count == shape.vocabulary, embeddings.dimension == shape.dimension else {
      throw SmallModelError(
        "token embeddings are \(embeddings.count) × \(embeddings.dimension), the network needs \(shape.vocabulary) × "
          + "\(shape.dimension)")
    }
    let generator = try RandomGenerator(seed: seed)
    let bound = 1 / Double(shape.hidden).squareRoot()
    func drawn(_ count: Int) throws -> [Float] {
      try Tensor.uniform(-bound..<bound, shape: [count], generator: generator).floats()
    }
    func direction() throws -> Direction {
      var bias = [Float](repeating: 0, count: LSTMShape.gates * shape.hidden)
      for unit in shape.hidden..<2 * shape.hidden { bias[unit] = 1 }
      return Direction(
        input: try drawn(bias.count * shape.dimension), recurrent: try drawn(bias.count * shape.hidden), bias: bias)
    }
    self.shape = shape
    embedding = embeddings.values.map { Float(Float16($0 * scale)) }
    for index in 0..<shape.dimension { embedding[shape.padding * shape.dimension + index] = 0 }
    forward = try direction()
    backward = try direction()
    head = try drawn(shape.labels * shape.features)
    headBias = [Float](repeating: 0, count: shape.labels)
  }

  /// Takes over weights.
  /// - Throws: where one has not the size that `shape` asks for, or holds a number that is not finite.
  init(
    shape: LSTMShape, embedding: [Float], forward: Direction, backward: Direction, head: [Float], headBias: [Float]
  ) throws {
    self.shape = shape
    (self.embedding, self.forward, self.backward) = (embedding, forward, backward)
    (self.head, self.headBias) = (head, headBias)
    try validate()
  }

  private func validate() throws(SmallModelError) {
    try shape.validate()
    try Self.check(embedding, "embedding", shape.vocabulary * shape.dimension)
    for (direction, name) in [(forward, "forward"), (backward, "backward")] {
      try Self.check(direction.input, "\(name).input", LSTMShape.gates * shape.hidden * shape.dimension)
      try Self.check(direction.recurrent, "\(name).recurrent", LSTMShape.gates * shape.hidden * shape.hidden)
      try Self.check(direction.bias, "\(name).bias", LSTMShape.gates * shape.hidden)
    }
    try Self.check(head, "head", shape.labels * shape.features)
    try Self.check(headBias, "head.bias", shape.labels)
  }

  private static func check(_ values: [Float], _ name: String, _ count: Int) throws(SmallModelError) {
    guard values.count == count else {
      throw SmallModelError("LSTM: \(name) has \(values.count) numbers, the shape needs \(count)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw SmallModelError("LSTM: \(name) holds a number that is not finite")
    }
  }
}
