import Torch

/// The sizes of a transformer's decoder (Vaswani et al. 2017).
struct TransformerDecoderShape: DecoderShape {
  static var architecture: Architecture { .transformerCaptioner }
  let vocabulary: Int
  let places: Int
  let channels: Int
  /// Numbers of a token, a multiple of 16 and of the heads.
  let hidden: Int
  let layers: Int
  let heads: Int
  /// Positions.
  let longest: Int

  func validate() throws(SmallModelError) {
    try validate(hidden: hidden)
    guard DecoderRanges.layers.contains(layers), DecoderRanges.heads.contains(heads), hidden % heads == 0 else {
      throw SmallModelError("captioner: \(layers) layers of \(heads) heads over \(hidden) numbers cannot be")
    }
    guard (1...CaptionSearch.lengths.upperBound + 1).contains(longest) else {
      throw SmallModelError("captioner: it has \(longest) positions")
    }
  }

  var parameters: [DecoderParameter] {
    let start = [
      DecoderParameter(
        name: "embedding", shape: [vocabulary, hidden], start: .uniform(1.7 / Double(hidden).squareRoot())),
      DecoderParameter(name: "positions", shape: [longest, hidden], start: .uniform(0.03)),
    ]
    return DecoderParameter.linear("values", channels, hidden)
      + DecoderParameter.normalisation("values.normalisation", hidden) + start
      + (0..<layers).flatMap { layer("layers.\($0)") } + DecoderParameter.normalisation("normalisation", hidden)
      + [DecoderParameter(name: "output.bias", shape: [vocabulary], start: .constant(0))]
  }

  private func layer(_ name: String) -> [DecoderParameter] {
    DecoderParameter.normalisation("\(name).tokens.normalisation", hidden)
      + DecoderParameter.linear("\(name).tokens.attention", hidden, 3 * hidden)
      + DecoderParameter.linear("\(name).tokens.output", hidden, hidden)
      + DecoderParameter.normalisation("\(name).places.normalisation", hidden)
      + DecoderParameter.linear("\(name).places.query", hidden, hidden)
      + DecoderParameter.linear("\(name).places.keys_values", hidden, 2 * hidden)
      + DecoderParameter.linear("\(name).places.output", hidden, hidden)
      + DecoderParameter.normalisation("\(name).inner.normalisation", hidden)
      + DecoderParameter.linear("\(name).inner", hidden, 4 * hidden)
      + DecoderParameter.linear("\(name).outer", 4 * hidden, hidden)
  }

  func logits(
    _ grids: Tensor, tokens: Tensor, parameters: [Tensor], dropout: Tensor.Dropout?
  ) throws(TorchError) -> Tensor {
    try grids.transformerCaptioner(tokens: tokens, parameters: parameters, heads: heads, dropout: dropout)
  }

  func decoder(_ weights: [[Float]], precision: PredictorOptions.Precision) -> any CaptionDecoder {
    TorchDecoder(shape: self, weights: weights)
  }
}
