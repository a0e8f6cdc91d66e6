import Encoders

/// The decoder of a captioner, ready to answer: what follows the tokens so far.
protocol CaptionDecoder: Sendable {
  /// Begins captions of pictures.
  /// - Parameter grids: a row each, of length 1, [places][channels].
  func begin(_ grids: FeatureMatrix) throws -> any CaptionDecoding
}

/// Captions of a batch of pictures under way.
protocol CaptionDecoding: AnyObject {
  /// Takes a step of some hypotheses.
  /// - Parameters:
  ///   - tokens: what each adds, the start at first.
  ///   - parents: of each the place of the one that it goes on from in the step before, its picture at first.
  ///   - count: how many of the most probable tokens are asked for.
  ///   - temperature: what logits are divided by, above 0.
  func step(tokens: [Int32], parents: [Int32], count: Int, temperature: Float) throws -> DecoderChoices
}

/// What may follow each of some hypotheses: the most probable tokens, the first the most probable, and natural logarithms of
/// their probabilities. The unknown word never is one of them.
struct DecoderChoices {
  /// Choices a hypothesis.
  let count: Int
  /// [hypotheses × count]
  var tokens: [Int32]
  /// [hypotheses × count]
  var logProbabilities: [Float]

  /// Those of one hypothesis.
  subscript(hypothesis: Int) -> [(token: Int32, logProbability: Float)] {
    (hypothesis * count..<(hypothesis + 1) * count).map { (tokens[$0], logProbabilities[$0]) }
  }
}

extension CaptionDecoder {
  /// The best captions of pictures, [grids].
  func captions(
    _ grids: FeatureMatrix, search: CaptionSearch, temperature: Float
  ) throws -> [CaptionHypothesis] {
    try candidates(grids, search: search, temperature: temperature).map { $0[0] }
  }

  /// All captions of pictures that the search followed to their end, the best first: [grids][one or more].
  func candidates(
    _ grids: FeatureMatrix, search: CaptionSearch, temperature: Float
  ) throws -> [[CaptionHypothesis]] {
    let decoding = try begin(grids)
    var beams = BeamSearch(search, pictures: grids.rows)
    while !beams.open.isEmpty {
      let choices = try decoding.step(
        tokens: beams.open.map { $0.tokens.last ?? CaptionVocabulary.end }, parents: beams.parents,
        count: beams.choices, temperature: temperature)
      beams.advance(choices)
    }
    return beams.ranked()
  }

  /// The most probable tokens at each step of captions that are given, [grids][steps]; one that ended has a step for its end.
  func choices(_ grids: FeatureMatrix, captions: [CaptionHypothesis], count: Int) throws -> [[DecoderChoices]] {
    let decoding = try begin(grids)
    var result: [[DecoderChoices]] = Array(repeating: [], count: grids.rows)
    var open = Array(captions.indices)
    var parents = open.map { Int32($0) }
    for step in 0... {
      let going = open.indices.filter { step < captions[open[$0]].steps }
      guard !going.isEmpty else { break }
      parents = step == 0 ? going.map { Int32(open[$0]) } : going.map { Int32($0) }
      open = going.map { open[$0] }
      let tokens = open.map { step == 0 ? CaptionVocabulary.end : captions[$0].tokens[step - 1] }
      let choices = try decoding.step(tokens: tokens, parents: parents, count: count, temperature: 1)
      for (place, picture) in open.enumerated() {
        let range = place * count..<(place + 1) * count
        result[picture].append(
          DecoderChoices(
            count: count, tokens: Array(choices.tokens[range]),
            logProbabilities: Array(choices.logProbabilities[range])))
      }
    }
    return result
  }
}
