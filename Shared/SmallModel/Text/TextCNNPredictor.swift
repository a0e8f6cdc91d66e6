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
    let memory = scratch.text
    if memory.holds(encoding, batch: scratch.batch) {
      let texts = rows.count == memory.texts.count ? memory.texts : memory.texts.selecting(rows)
      try folded.predict(texts, into: logits, scratch: &memory.folded)
    } else {
      memory.tokenize(rows, of: inputs, encoding, scratch)
      try folded.predict(memory.texts, into: logits, scratch: &memory.folded)
    }
  }
}

/// Tokens of a batch, and the folded network's memory. Networks that read the same tokens find them here: S2 starts as a
/// copy of S1, so a batch is tokenized once.
final class TextScratch {
  private(set) var texts = TokenizedTexts()
  var folded = FoldedTextCNN.Scratch()
  private var batch = 0
  private var encoding: Int?

  /// Whether the tokens of all of the batch's texts are there.
  func holds(_ encoding: TokenEncoding, batch: Int) -> Bool {
    self.encoding == encoding.identity && self.batch == batch
  }

  func tokenize(_ rows: [Int], of inputs: [Input], _ encoding: TokenEncoding, _ scratch: PredictionScratch) {
    texts.removeAll()
    for row in rows {
      scratch.isTruncated[row] = texts.append(
        inputs[row].text ?? "", tokenizer: encoding.tokenizer, maximum: encoding.maximumTokens)
    }
    batch = scratch.batch
    self.encoding = rows.count == inputs.count ? encoding.identity : nil
  }
}
