import Content
import Encoders

/// A loaded encoder and its head.
struct BERTPredictor: SmallModelPredictor {
  let encoder: BlockingEncoder
  /// [labels][hidden].
  let head: FeatureMatrix
  /// [labels].
  let headBias: [Float]

  var labelCount: Int { headBias.count }
  var reads: Set<Input.Kind> { [.text] }

  func predict(
    _ rows: [Int], of inputs: [Input], into logits: UnsafeMutableBufferPointer<Float>, scratch: PredictionScratch
  ) throws {
    try check(logits, rows: rows.count)
    let encoded = try encoder.encode(rows.map { inputs[$0].text ?? "" }, pooling: .sentence)
    for (place, row) in rows.enumerated() {
      scratch.isTruncated[row] = encoded.isTruncated[place]
      for (label, value) in head.products(with: encoded.features[place]).enumerated() {
        logits[place * labelCount + label] = value + headBias[label]
      }
    }
  }
}
