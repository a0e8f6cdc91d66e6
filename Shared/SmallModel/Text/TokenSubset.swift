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
