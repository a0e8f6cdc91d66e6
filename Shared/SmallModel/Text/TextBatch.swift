import Torch

/// Some texts as tensors, one behind the other.
struct TextBatch {
  /// [positions], numbers of a `TokenSubset`.
  let tokens: Tensor
  /// [positions]: 1, and 0 at the padding, whose embedding is zero and stays so.
  let keeps: Tensor
  /// [texts]: one past each text's last position.
  let ends: Tensor
  /// How many positions there are.
  let count: Int

  init(_ texts: TokenizedTexts, indices: [Int], subset: TokenSubset) throws {
    var tokens: [Int64] = []
    var ends: [Int64] = []
    for index in indices {
      for token in texts[index] { tokens.append(subset.number(of: token)) }
      ends.append(Int64(tokens.count))
    }
    count = tokens.count
    self.tokens = try Tensor(integers: tokens, shape: [tokens.count])
    keeps = try Tensor(tokens.map { $0 == 0 ? 0 : 1 }, shape: [tokens.count])
    self.ends = try Tensor(integers: ends, shape: [ends.count])
  }
}
