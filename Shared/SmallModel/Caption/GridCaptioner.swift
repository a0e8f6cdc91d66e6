import Content
import Encoders
import Foundation
import Images

/// A captioner ready to answer: image encoder, decoder and search.
struct GridCaptioner: CaptionPredictor {
  let encoder: BlockingImageEncoder
  let decoder: any CaptionDecoder
  let vocabulary: CaptionVocabulary
  let search: CaptionSearch
  let temperature: Float
  let calibration: CaptionCalibration?

  /// Pictures whose captions are looked for together.
  private static let batch = 64
  /// Tokens of a step that a distribution keeps.
  private static let kept = 20

  var reads: Set<Input.Kind> { [.image] }

  func captions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [GeneratedCaption] {
    try decoded(rows, inputs, scratch) { grids in
      try decoder.captions(grids, search: search, temperature: temperature).map(generated)
    }
  }

  func candidates(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [[CaptionCandidate]] {
    try decoded(rows, inputs, scratch) { grids in
      try decoder.candidates(grids, search: search, temperature: temperature).map { captions in
        captions.map { CaptionCandidate(caption: generated($0), score: search.score($0)) }
      }
    }
  }

  private func generated(_ caption: CaptionHypothesis) -> GeneratedCaption {
    GeneratedCaption(
      text: vocabulary.text(caption.tokens), meanLogProbability: caption.meanLogProbability, tokens: caption.steps,
      calibration: calibration)
  }

  func distributions(
    _ rows: [Int], of inputs: [Input], scratch: PredictionScratch
  ) throws -> [CaptionDistribution] {
    try decoded(rows, inputs, scratch) { grids in
      let captions = try decoder.captions(grids, search: search, temperature: temperature)
      let steps = try decoder.choices(
        grids, captions: captions, count: min(Self.kept, vocabulary.count - 1))
      return zip(captions, steps).map(distribution)
    }
  }

  private func distribution(
    _ caption: CaptionHypothesis, _ steps: [DecoderChoices]
  ) -> CaptionDistribution {
    let tokens = caption.tokens + [CaptionVocabulary.end]
    return CaptionDistribution(
      steps: zip(tokens, steps).compactMap { token, choices in
        guard let given = vocabulary.meaning(token) else { return nil }
        var probabilities: [CaptionDistribution.Token: Float] = [:]
        for (token, logProbability) in choices[0] {
          if let meaning = vocabulary.meaning(token) { probabilities[meaning] = exp(logProbability) }
        }
        return CaptionDistribution.Step(token: given, probabilities: probabilities)
      })
  }

  private func decoded<Value>(
    _ rows: [Int], _ inputs: [Input], _ scratch: PredictionScratch, _ decode: (FeatureMatrix) throws -> [Value]
  ) throws -> [Value] {
    var result: [Value] = []
    for start in stride(from: 0, to: rows.count, by: Self.batch) {
      let pictures = try rows[start..<min(start + Self.batch, rows.count)].map {
        try scratch.pictures.picture($0, of: inputs)
      }
      result += try decode(encoder.features(of: pictures, pooling: .grid))
    }
    return result
  }
}
