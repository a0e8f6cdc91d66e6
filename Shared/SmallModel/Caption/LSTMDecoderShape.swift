import Torch

/// The sizes of an LSTM with spatial attention (Lu et al. 2017).
struct LSTMDecoderShape: DecoderShape {
  static var architecture: Architecture { .captioner }
  let vocabulary: Int
  let places: Int
  let channels: Int
  /// Units, a multiple of 16; as many numbers has an embedding.
  let hidden: Int

  static let gates = 4
  /// As long as anyone asks for.
  var longest: Int { CaptionSearch.lengths.upperBound }

  func validate() throws(SmallModelError) { try validate(hidden: hidden) }

  var parameters: [DecoderParameter] {
    let bound = 1 / Double(hidden).squareRoot()
    func gates(_ name: String) -> DecoderParameter {
      DecoderParameter(name: name, shape: [Self.gates * hidden, hidden], start: .uniform(bound))
    }
    return DecoderParameter.linear("values", channels, hidden) + DecoderParameter.linear("image", channels, hidden)
      + [
        DecoderParameter(name: "embedding", shape: [vocabulary, hidden], start: .uniform(0.1)),
        gates("gates.input"), gates("gates.recurrent"),
        DecoderParameter(name: "gates.bias", shape: [Self.gates * hidden], start: .constant(0)),
      ] + DecoderParameter.linear("query", hidden, hidden) + DecoderParameter.linear("output", hidden, vocabulary)
  }

  func logits(
    _ grids: Tensor, tokens: Tensor, parameters: [Tensor], dropout: Tensor.Dropout?
  ) throws(TorchError) -> Tensor {
    try grids.lstmCaptioner(tokens: tokens, parameters: parameters, dropout: dropout)
  }

  func decoder(_ weights: [[Float]], precision: PredictorOptions.Precision) throws -> any CaptionDecoder {
    try CompiledDecoder(self, weights, instructions: .best(isExact: precision == .float32))
  }
}
