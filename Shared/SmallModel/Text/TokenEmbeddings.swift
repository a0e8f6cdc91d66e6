import Encoders
import Settings
import Tokenizer
import Torch

/// One vector a token, to start a network's embedding from.
public struct TokenEmbeddings: Sendable {
  /// [count][dimension].
  public let values: [Float]
  /// How many tokens.
  public let count: Int
  /// Numbers a token.
  public let dimension: Int

  /// - Throws: where `values` is not count · dimension long.
  public init(_ values: [Float], count: Int, dimension: Int) throws {
    guard count > 0, dimension > 0, values.count == count * dimension else {
      throw SmallModelError("token embeddings: \(values.count) numbers are not \(count) tokens × \(dimension)")
    }
    self.values = values
    self.count = count
    self.dimension = dimension
  }

  /// The vectors on the `dimension` directions that carry most of their squared length: E·V of the truncated
  /// singular value decomposition E = U·S·Vᵀ, by way of EᵀE, which is small. Not centred, so that the zero vector
  /// stays the zero vector.
  public func reduced(to dimension: Int) throws -> TokenEmbeddings {
    guard dimension > 0, dimension <= self.dimension else {
      throw SmallModelError("token embeddings of \(self.dimension) dimensions cannot be reduced to \(dimension)")
    }
    guard dimension < self.dimension else { return self }
    let table = try Tensor(values, shape: [count, self.dimension])
    let directions = try table.transposed(0, 1).matmul(table).svd().u.narrowed(1, start: 0, length: dimension)
    return try TokenEmbeddings(table.matmul(directions).floats(), count: count, dimension: dimension)
  }
}

extension EncoderLibrary {
  /// An encoder's tokenizer, and the vectors of its token table reduced to `dimension`: where a network over its tokens
  /// starts from.
  func tokens(of encoder: String, dimension: Int) throws -> (tokenizer: WordPieceTokenizer, embeddings: TokenEmbeddings)
  {
    let vectors = try models.tokenVectors(encoder)
    return (
      try models.tokenizer(encoder),
      try TokenEmbeddings(vectors.values, count: vectors.rows, dimension: vectors.columns).reduced(to: dimension)
    )
  }
}

extension SettingsReader {
  /// Reads where a network over tokens starts from.
  func readTokens(_ dimension: inout Int, _ encoder: inout String, _ scale: inout Double) {
    read(
      "dimension", &dimension, .integer(in: TextCNNShape.Ranges.dimension),
      help: "Dimensions of the token embeddings, at most as many as the encoder's.")
    read(
      "encoder", &encoder, .filledText,
      help: "The folder of the encoder whose vocabulary and token table the model starts from.")
    read("embedding_scale", &scale, .number(in: 0.01...100), help: "A factor on that table's vectors.")
  }
}
