import Torch

/// Some texts as tensors, each padded to the longest; a text without tokens is one of padding.
struct PaddedTexts {
  /// [texts, length], int64.
  let ids: Tensor
  /// [texts], int64, from 1.
  let lengths: Tensor
  /// Of the longest text, from 1.
  let length: Int

  init(_ texts: [[Int64]], padding: Int64) throws {
    let length = max(1, texts.map(\.count).max() ?? 1)
    let ids = texts.flatMap { $0 + [Int64](repeating: padding, count: length - $0.count) }
    self.ids = try Tensor(integers: ids, shape: [texts.count, length])
    lengths = try Tensor(integers: texts.map { Int64(max(1, $0.count)) }, shape: [texts.count])
    self.length = length
  }
}

extension TokenizedTexts {
  /// The logits of all texts, [texts][labels], by batches of like length, without recording gradients.
  /// - Parameter network: gives the logits of the texts at some indices, [indices, labels].
  func logits(labels: Int, batchSize: Int, _ network: ([Int]) throws -> Tensor) throws -> [Float] {
    var result = [Float](repeating: 0, count: count * labels)
    let order = sortedByLength(ArraySlice(0..<count))
    for start in stride(from: 0, to: count, by: batchSize) {
      let indices = Array(order[start..<min(start + batchSize, count)])
      let rows = try withoutGradient { try network(indices).floats() }
      for (row, index) in indices.enumerated() {
        result.replaceSubrange(index * labels..<(index + 1) * labels, with: rows[row * labels..<(row + 1) * labels])
      }
    }
    return result
  }
}
