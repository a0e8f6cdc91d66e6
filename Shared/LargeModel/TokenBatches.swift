/// Which texts go through the encoder together.
enum TokenBatches {
  /// Indices of texts in batches of like length, longest first, so that padding is small and the largest allocation
  /// comes first.
  /// - Parameters:
  ///   - lengths: tokens of each text.
  ///   - budget: the most tokens, padding counted, of a batch; a longer text goes alone.
  static func plan(lengths: [Int], budget: Int) -> [[Int]] {
    var batches: [[Int]] = []
    var batch: [Int] = []
    for index in lengths.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
      if let first = batch.first, lengths[first] * (batch.count + 1) > budget {
        batches.append(batch)
        batch = []
      }
      batch.append(index)
    }
    if !batch.isEmpty { batches.append(batch) }
    return batches
  }
}
