/// The tokens that some texts use, numbered anew from 1; 0 is padding.
///
/// Training touches no other row of the embedding, so the optimizer need not step through them.
struct TokenSubset {
  /// The token of each new number; the first is the padding.
  let tokens: [Int64]
  private let numbers: [Int64]

  init(_ texts: [TokenizedTexts], vocabulary: Int, padding: Int) {
    var isUsed = [Bool](repeating: false, count: vocabulary)
    for text in texts {
      for token in text.tokens { isUsed[Int(token)] = true }
    }
    isUsed[padding] = false
    var tokens = [Int64(padding)]
    var numbers = [Int64](repeating: 0, count: vocabulary)
    for token in 0..<vocabulary where isUsed[token] {
      numbers[token] = Int64(tokens.count)
      tokens.append(Int64(token))
    }
    self.tokens = tokens
    self.numbers = numbers
  }

  func number(of token: Int32) -> Int64 { numbers[Int(token)] }

  /// Puts the rows of these tokens, [tokens][dimension], in their place in an embedding of the whole vocabulary.
  func replace(_ rows: [Float], in embedding: inout [Float]) {
    let dimension = rows.count / tokens.count
    for (row, token) in tokens.enumerated() {
      let start = Int(token) * dimension
      embedding.replaceSubrange(start..<start + dimension, with: rows[row * dimension..<(row + 1) * dimension])
    }
  }
}
