import Content
import Tokenizer

/// How texts become the tokens that a network reads.
struct TokenEncoding: Sendable {
  let tokenizer: WordPieceTokenizer
  let maximumTokens: Int
  /// Equal for encodings that give the same tokens.
  let identity: Int

  init(_ tokenizer: WordPieceTokenizer, maximumTokens: Int) {
    self.tokenizer = tokenizer
    self.maximumTokens = maximumTokens
    var hasher = Hasher()
    hasher.combine(tokenizer.vocabulary)
    hasher.combine(tokenizer.lowercases)
    hasher.combine(maximumTokens)
    identity = hasher.finalize()
  }
}

/// A folded TextCNN with what makes its tokens.
struct TextCNNPredictor: SmallModelPredictor {
  private let folded: FoldedTextCNN
  private let encoding: TokenEncoding

  init(_ folded: FoldedTextCNN, _ encoding: TokenEncoding) {
    self.folded = folded
    self.encoding = encoding
  }

  var labelCount: Int { folded.shape.labels }
  var reads: Set<Input.Kind> { [.text] }

  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    let texts = scratch.text.tokens(rows, of: inputs, encoding, scratch)
    try folded.predict(texts, into: logits, scratch: &scratch.text.folded)
  }
}

/// Tokens of a batch, and the folded network's memory. Networks that read the same tokens find them here: S2 starts as a
/// copy of S1, so a batch is tokenized once.
final class TextScratch {
  private var texts = TokenizedTexts()
  var folded = FoldedTextCNN.Scratch()
  private var batch = 0
  private var encoding: Int?

  /// The tokens of some of the batch's inputs.
  func tokens(
    _ rows: [Int], of inputs: [Input], _ encoding: TokenEncoding, _ scratch: PredictionScratch
  ) -> TokenizedTexts {
    if self.encoding == encoding.identity, batch == scratch.batch {
      return rows.count == texts.count ? texts : texts.selecting(rows)
    }
    texts.removeAll()
    for row in rows {
      scratch.isTruncated[row] = texts.append(
        inputs[row].text ?? "", tokenizer: encoding.tokenizer, maximum: encoding.maximumTokens)
    }
    batch = scratch.batch
    self.encoding = rows.count == inputs.count ? encoding.identity : nil
    return texts
  }
}
