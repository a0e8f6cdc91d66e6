import Torch

/// How a text's token vectors become one vector of features.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  /// The mean of the last layer over the tokens, scaled to length 1: the sentence embedding of sentence-transformers.
  case sentence
  /// The mean and the maximum over the tokens of the embeddings and of every layer, side by side, not scaled. Carries
  /// what the last layer alone has dropped, such as sentiment; for a linear head.
  case allLayers

  /// Features a text.
  func columns(_ configuration: EncoderConfiguration) -> Int {
    switch self {
    case .sentence: configuration.hiddenSize
    case .allLayers: 2 * (configuration.numHiddenLayers + 1) * configuration.hiddenSize
    }
  }
}

/// Texts of one batch, padded to the longest.
struct PaddedBatch {
  /// [batch, length], int64.
  let ids: Tensor
  /// [batch, 1, length]: 1 / tokens at a text's tokens, 0 at padding.
  let averaging: Tensor
  /// [batch, length, 1]: 0 at tokens, very negative at padding; `nil` where all texts are of one length.
  private let exclusion: Tensor?
  private let shape: (batch: Int, length: Int)

  /// Very negative, and far enough from −∞ that no sum with it is NaN.
  private static let excluded: Float = -1e9

  init(_ texts: [ArraySlice<Int32>], padding: Int32) throws {
    let length = texts.map(\.count).max() ?? 0
    shape = (texts.count, length)
    var ids: [Int64] = []
    var averaging: [Float] = []
    var exclusion: [Float] = []
    for text in texts {
      let missing = length - text.count
      ids += text.lazy.map(Int64.init)
      ids += repeatElement(Int64(padding), count: missing)
      averaging += repeatElement(1 / Float(text.count), count: text.count)
      averaging += repeatElement(0, count: missing)
      exclusion += repeatElement(0, count: text.count)
      exclusion += repeatElement(Self.excluded, count: missing)
    }
    self.ids = try Tensor(integers: ids, shape: [texts.count, length])
    self.averaging = try Tensor(averaging, shape: [texts.count, 1, length])
    self.exclusion =
      exclusion.contains(Self.excluded) ? try Tensor(exclusion, shape: [texts.count, length, 1]) : nil
  }

  /// What attention adds to its scores: [batch, 1, 1, length].
  func attentionMask() throws -> Tensor? { try exclusion?.reshaped([shape.batch, 1, 1, shape.length]) }

  /// The mean over a text's tokens: [batch, length, hidden] → [batch, hidden].
  func mean(_ hidden: Tensor) throws -> Tensor {
    try averaging.matmul(hidden).reshaped([shape.batch, hidden.shape[2]])
  }

  /// The maximum over a text's tokens: [batch, length, hidden] → [batch, hidden].
  func maximum(_ hidden: Tensor) throws -> Tensor {
    try (exclusion.map { try hidden + $0 } ?? hidden).max(1).values
  }
}
