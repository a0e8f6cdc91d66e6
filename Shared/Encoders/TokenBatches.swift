/// Which texts go through the encoder together.
enum TokenBatches {
  /// Indices of texts in batches, longest first, so that the largest allocation comes first.
  /// - Parameters:
  ///   - lengths: tokens of each text.
  ///   - budget: the most tokens of a batch; a longer text goes alone.
  static func plan(lengths: [Int], budget: Int) -> [[Int]] {
    var batches: [[Int]] = []
    var (batch, tokens) = ([Int](), 0)
    for index in lengths.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
      if !batch.isEmpty, tokens + lengths[index] > budget {
        batches.append(batch)
        (batch, tokens) = ([], 0)
      }
      batch.append(index)
      tokens += lengths[index]
    }
    if !batch.isEmpty { batches.append(batch) }
    return batches
  }
}
