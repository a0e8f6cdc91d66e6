import Content
import Tokenizer

/// A folded LSTM with what makes its tokens.
struct LSTMPredictor: SmallModelPredictor {
  let folded: FoldedLSTM
  let encoding: TokenEncoding

  var labelCount: Int { folded.shape.labels }
  var reads: Set<Input.Kind> { [.text] }

  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    let texts = scratch.text.tokens(rows, of: inputs, encoding, scratch)
    try folded.predict(texts, into: logits, scratch: scratch.lstm)
  }
}
