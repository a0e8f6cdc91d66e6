import Torch

/// Some texts as tensors, padded to the longest.
struct TrainingBatch {
  /// [batch][longest + widest filter − 1], numbers of a `TokenSubset`.
  let tokens: Tensor
  /// [batch][1][longest], true at the windows that begin beyond the text.
  let isBeyond: Tensor
  /// [batch][1]: 1 / √max(tokens, 1).
  let scales: Tensor
  /// How many windows there are.
  let longest: Int

  init(_ texts: TokenizedTexts, indices: [Int], subset: TokenSubset, shape: TextCNNShape) throws {
    let longest = max(1, indices.map(texts.length).max() ?? 1)
    self.longest = longest
    let width = longest + shape.maximumWidth - 1
    var tokens = [Int64](repeating: 0, count: indices.count * width)
    var beyond = [UInt8](repeating: 1, count: indices.count * longest)
    for (row, index) in indices.enumerated() {
      for (position, token) in texts[index].enumerated() {
        tokens[row * width + position] = subset.number(of: token)
        beyond[row * longest + position] = 0
      }
    }
    self.tokens = try Tensor(integers: tokens, shape: [indices.count, width])
    isBeyond = try beyond.withUnsafeBytes {
      try Tensor(bytes: $0, type: .bool, shape: [indices.count, 1, longest])
    }
    scales = try Tensor(
      indices.map { 1 / Float(max(1, texts.length($0))).squareRoot() }, shape: [indices.count, 1])
  }
}
