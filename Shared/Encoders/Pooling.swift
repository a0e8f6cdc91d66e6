import Torch

/// How a text's token vectors become one vector of features.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  /// The last layer's tokens pooled as the encoder's folder says, by default their mean, scaled to length 1: the sentence
  /// embedding of sentence-transformers. Of a picture the mean over its last convolution, scaled to length 1.
  case sentence
  /// The mean and the maximum over the tokens of the embeddings and of every layer, side by side, not scaled. Carries
  /// what the last layer alone has dropped, such as sentiment; for a linear head. Not of pictures.
  case allLayers

  /// Features a text.
  func columns(_ configuration: EncoderConfiguration) -> Int {
    switch self {
    case .sentence: configuration.hiddenSize
    case .allLayers: 2 * (configuration.numHiddenLayers + 1) * configuration.hiddenSize
    }
  }
}

/// Texts of one batch, one behind the other.
struct PackedBatch {
  /// [tokens], int64.
  let ids: Tensor
  /// Of each token its place in its text, from 0; [tokens], int64.
  let positions: Tensor
  /// One past each text's last token; [texts], int64.
  let ends: Tensor
  /// Each text's first token, which is `[CLS]`; [texts], int64.
  let starts: Tensor
  /// Each text's last token; [texts], int64.
  let lasts: Tensor

  /// OpenBLAS multiplies few rows by another kernel, which adds up in another order. A batch is never as short, so that a
  /// text's vector is the same to the last bit whatever comes with it.
  private static let leastTokens = 16

  /// - Parameter filler: fills a batch that is too short, as a text of its own behind the others.
  init(_ texts: [ArraySlice<Int32>], filler: Int32) throws {
    let missing = Self.leastTokens - texts.reduce(0) { $0 + $1.count }
    let texts = missing > 0 ? texts + [ArraySlice(repeating: filler, count: missing)] : texts
    var ids: [Int64] = []
    var positions: [Int64] = []
    var (starts, ends): ([Int64], [Int64]) = ([], [])
    for text in texts {
      starts.append(Int64(ids.count))
      ids += text.lazy.map(Int64.init)
      positions += 0..<Int64(text.count)
      ends.append(Int64(ids.count))
    }
    self.ids = try Tensor(integers: ids, shape: [ids.count])
    self.positions = try Tensor(integers: positions, shape: [positions.count])
    self.ends = try Tensor(integers: ends, shape: [ends.count])
    self.starts = try Tensor(integers: starts, shape: [starts.count])
    lasts = try Tensor(integers: ends.map { $0 - 1 }, shape: [ends.count])
  }
}
