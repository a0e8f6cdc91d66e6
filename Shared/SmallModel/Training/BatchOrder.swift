/// The order of an epoch's batches: sources alternate as evenly as their sizes allow.
struct BatchOrder {
  /// One batch: which source, and which of its inputs.
  struct Entry: Equatable {
    let source: Int
    let indices: [Int]
  }

  /// Each source is shuffled, cut, and its batches are shuffled and laid evenly over the epoch. Inputs that have lengths
  /// are sorted by them within stretches of 20 batches before, so that little is padded.
  static func epoch<Inputs: TrainingInputs>(
    _ sources: [Inputs], batchSize: Int, using generator: inout some RandomNumberGenerator
  ) -> [Entry] {
    var placed: [(position: Double, entry: Entry)] = []
    for (source, inputs) in sources.enumerated() {
      let batches = shuffledBatches(inputs, batchSize: batchSize, using: &generator)
      for (index, batch) in batches.enumerated() {
        placed.append(((Double(index) + 0.5) / Double(batches.count), Entry(source: source, indices: batch)))
      }
    }
    return placed.sorted { ($0.position, $0.entry.source) < ($1.position, $1.entry.source) }.map(\.entry)
  }

  private static func shuffledBatches<Inputs: TrainingInputs>(
    _ inputs: Inputs, batchSize: Int, using generator: inout some RandomNumberGenerator
  ) -> [[Int]] {
    let order = (0..<inputs.count).shuffled(using: &generator)
    let stretch = batchSize * 20
    var batches: [[Int]] = []
    for start in stride(from: 0, to: order.count, by: stretch) {
      let part = inputs.sortedByLength(order[start..<min(start + stretch, order.count)])
      for begin in stride(from: 0, to: part.count, by: batchSize) {
        batches.append(Array(part[begin..<min(begin + batchSize, part.count)]))
      }
    }
    return batches.shuffled(using: &generator)
  }
}
