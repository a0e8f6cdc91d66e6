import Torch

/// The tokens that some texts use, numbered anew from 1; 0 is padding.
///
/// Training touches no other row of the embedding, so the optimizer need not step through them.
struct TokenSubset {
  /// The token of each new number; the first is the padding.
  let tokens: [Int64]
  private let numbers: [Int64]

  init(_ texts: [TokenizedTexts], shape: TextCNNShape) {
    var isUsed = [Bool](repeating: false, count: shape.vocabulary)
    for text in texts {
      for token in text.tokens { isUsed[Int(token)] = true }
    }
    isUsed[shape.padding] = false
    var tokens = [Int64(shape.padding)]
    var numbers = [Int64](repeating: 0, count: shape.vocabulary)
    for token in 0..<shape.vocabulary where isUsed[token] {
      numbers[token] = Int64(tokens.count)
      tokens.append(Int64(token))
    }
    self.tokens = tokens
    self.numbers = numbers
  }

  func number(of token: Int32) -> Int64 { numbers[Int(token)] }
}

/// Some texts as tensors, padded to the longest.
struct TrainingBatch {
  /// [batch][longest + widest filter − 1], numbers of a `TokenSubset`.
  let tokens: Tensor
  /// [batch][1][longest], true at the windows that begin beyond the text.
  let isBeyond: Tensor
  /// [batch][1]: 1 / max(tokens, 1).
  let inverseLengths: Tensor
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
    inverseLengths = try Tensor(
      indices.map { 1 / Float(max(1, texts.length($0))) }, shape: [indices.count, 1])
  }
}

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
