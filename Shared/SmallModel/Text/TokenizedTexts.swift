import Content
import Tokenizer

/// Texts as token ids, one behind the other in one array.
public struct TokenizedTexts: Sendable, Equatable {
  /// The ids of all texts.
  public private(set) var tokens: [Int32] = []
  /// Where each text ends in `tokens`, exclusive; it begins where the one before it ends.
  public private(set) var ends: [Int] = []

  /// No texts.
  public init() {}

  /// One text for each array of ids.
  public init(_ texts: some Sequence<some Sequence<Int32>>) {
    for text in texts { append(text) }
  }

  /// The tokens of each text, without special tokens, at most `maximum` a text.
  public init(_ texts: some Sequence<String>, tokenizer: WordPieceTokenizer, maximum: Int) {
    for text in texts { append(text, tokenizer: tokenizer, maximum: maximum) }
  }

  /// The tokens of inputs' texts, as above.
  init(_ inputs: [Input], tokenizer: WordPieceTokenizer, maximum: Int) {
    self.init(inputs.lazy.map { $0.text ?? "" }, tokenizer: tokenizer, maximum: maximum)
  }

  /// How many texts.
  public var count: Int { ends.count }

  /// The ids of one text.
  public subscript(index: Int) -> ArraySlice<Int32> { tokens[range(index)] }

  /// How many tokens one text has.
  public func length(_ index: Int) -> Int { range(index).count }

  /// Adds a text.
  public mutating func append(_ text: some Sequence<Int32>) {
    tokens.append(contentsOf: text)
    ends.append(tokens.count)
  }

  /// Adds a text's tokens without special tokens, at most `maximum`.
  /// - Returns: whether its end is missing.
  @discardableResult
  public mutating func append(_ text: String, tokenizer: WordPieceTokenizer, maximum: Int) -> Bool {
    let isTruncated = tokenizer.append(text, to: &tokens, maximum: maximum, specialTokens: false)
    ends.append(tokens.count)
    return isTruncated
  }

  /// Adds the tokens of a text in UTF-8, without special tokens, at most `maximum`.
  /// - Returns: whether its end is missing.
  @discardableResult
  public mutating func append(
    utf8: UnsafeRawBufferPointer, tokenizer: WordPieceTokenizer, maximum: Int
  ) -> Bool {
    let isTruncated = tokenizer.append(utf8, to: &tokens, maximum: maximum, specialTokens: false)
    ends.append(tokens.count)
    return isTruncated
  }

  /// Removes all texts and keeps the memory for the next batch.
  public mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// The texts at `indices`, in that order.
  public func selecting(_ indices: some Sequence<Int>) -> TokenizedTexts {
    TokenizedTexts(indices.lazy.map { self[$0] })
  }

  private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
}

extension TokenizedTexts {
  /// - Throws: where `logits` has not exactly texts × labels numbers.
  func checkRoom(in logits: UnsafeMutableBufferPointer<Float>, labels: Int) throws(SmallModelError) {
    guard logits.count == count * labels else {
      throw SmallModelError(
        "prediction: room for \(logits.count) logits, \(count) texts × \(labels) labels need \(count * labels)")
    }
  }
}

extension WordPieceTokenizer {
  /// - Throws: where a network of other sizes, or token counts of another vocabulary, stand beside it.
  func checkFits(vocabulary: Int, padding: Int, tokenCounts: [Int32]) throws(SmallModelError) {
    guard self.vocabulary.count == vocabulary, Int(self.padding) == padding else {
      throw SmallModelError(
        "the tokenizer has \(self.vocabulary.count) tokens and padding \(self.padding), the network "
          + "\(vocabulary) and \(padding)")
    }
    guard tokenCounts.count == vocabulary else {
      throw SmallModelError("\(tokenCounts.count) token counts for a vocabulary of \(vocabulary)")
    }
  }
}
