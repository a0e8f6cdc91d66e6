/// The order of an epoch's batches: sources alternate as evenly as their sizes allow.
struct BatchOrder {
  /// One batch: which source, and which of its texts.
  struct Entry: Equatable {
    let source: Int
    let indices: [Int]
  }

  /// Each source is shuffled, sorted by length within stretches of 20 batches, so that little is padded, cut, and its
  /// batches are shuffled and laid evenly over the epoch.
  static func epoch(
    _ sources: [TokenizedTexts], batchSize: Int, using generator: inout some RandomNumberGenerator
  ) -> [Entry] {
    var placed: [(position: Double, entry: Entry)] = []
    for (source, texts) in sources.enumerated() {
      let batches = shuffledBatches(texts, batchSize: batchSize, using: &generator)
      for (index, batch) in batches.enumerated() {
        placed.append(((Double(index) + 0.5) / Double(batches.count), Entry(source: source, indices: batch)))
      }
    }
    return placed.sorted { ($0.position, $0.entry.source) < ($1.position, $1.entry.source) }.map(\.entry)
  }

  private static func shuffledBatches(
    _ texts: TokenizedTexts, batchSize: Int, using generator: inout some RandomNumberGenerator
  ) -> [[Int]] {
    let order = (0..<texts.count).shuffled(using: &generator)
    let stretch = batchSize * 20
    var batches: [[Int]] = []
    for start in stride(from: 0, to: order.count, by: stretch) {
      let sorted = order[start..<min(start + stretch, order.count)].sorted {
        (texts.length($0), $0) < (texts.length($1), $1)
      }
      for begin in stride(from: 0, to: sorted.count, by: batchSize) {
        batches.append(Array(sorted[begin..<min(begin + batchSize, sorted.count)]))
      }
    }
    return batches.shuffled(using: &generator)
  }
}
