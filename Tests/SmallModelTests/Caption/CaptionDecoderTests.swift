import Encoders
import Foundation
import Testing

@testable import SmallModel

/// Decoders against PyTorch 2.13, on weights and grids of `wave`.
@Suite struct CaptionDecoderTests {
  /// 0.4 · sin(0.37 n + offset): what the golden figures were computed with, too.
  private static func wave(_ count: Int, _ offset: Int) -> [Float] {
    (0..<count).map { Float(0.4 * sin(0.37 * Double($0) + Double(offset))) }
  }

  private static func weights(_ shape: some DecoderShape) -> [[Float]] {
    shape.parameters.enumerated().map { wave($1.shape.reduce(1, *), $0) }
  }

  private static let lstm = LSTMDecoderShape(vocabulary: 40, places: 4, channels: 7, hidden: 32)
  private static let transformer = TransformerDecoderShape(
    vocabulary: 40, places: 4, channels: 7, hidden: 32, layers: 2, heads: 4, longest: 12)

  /// Three pictures, each of length 1.
  private static func grids() throws -> FeatureMatrix {
    let values = wave(3 * 28, 9)
    let rows = (0..<3).map { Array(values[$0 * 28..<($0 + 1) * 28]) }
    let scaled = rows.flatMap { row in
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / length }
    }
    return try FeatureMatrix(rows: 3, columns: 28, values: scaled)
  }

  /// Of the second picture, after the start and tokens 5, 9 and 20, the three most probable tokens with their logarithms.
  private struct Golden {
    let tokens: [[Int32]]
    let logProbabilities: [Float]
  }

  private static let lstmGolden = Golden(
    tokens: [[39, 22, 5], [39, 22, 13], [39, 22, 5], [39, 22, 13]],
    logProbabilities: [
      -2.7758053, -2.7830141, -2.8410705, -2.6090941, -2.6696071, -2.7640715, -2.7540985, -2.7756102, -2.8494125,
      -2.7228249, -2.7914486, -2.8753256,
    ])
  private static let transformerGolden = Golden(
    tokens: [[27, 9, 10], [27, 9, 10], [27, 9, 10], [27, 9, 10]],
    logProbabilities: [
      -2.0500162, -2.1367608, -2.2491198, -2.0445096, -2.1510188, -2.2343838, -2.0539231, -2.1330189, -2.2558326,
      -2.0600646, -2.1325002, -2.2631808,
    ])

  private func expect(_ decoder: some CaptionDecoder, _ golden: Golden, within tolerance: Float) throws {
    let captions = (0..<3).map { CaptionHypothesis(picture: $0, tokens: [5, 9, 20], isEnded: true) }
    let steps = try decoder.choices(Self.grids(), captions: captions, count: 3)[1]
    if tolerance < 0.01 { #expect(steps.map(\.tokens) == golden.tokens) }
    let found = steps.flatMap(\.logProbabilities)
    #expect(found.count == 12)
    #expect(zip(found, golden.logProbabilities).allSatisfy { abs($0 - $1) < tolerance }, "\(found)")
  }

  @Test(arguments: CompiledDecoder.Instructions.available)
  func theCompiledDecoderAgreesWithAnotherFramework(_ instructions: CompiledDecoder.Instructions) throws {
    let decoder = try CompiledDecoder(Self.lstm, Self.weights(Self.lstm), instructions: instructions)
    try expect(decoder, Self.lstmGolden, within: instructions == .bfloat16 ? 0.05 : 1e-4)
  }

  @Test func whatLearnsAgreesWithAnotherFramework() throws {
    try expect(TorchDecoder(shape: Self.lstm, weights: Self.weights(Self.lstm)), Self.lstmGolden, within: 1e-4)
    try expect(
      TorchDecoder(shape: Self.transformer, weights: Self.weights(Self.transformer)), Self.transformerGolden,
      within: 1e-4)
  }

  /// Company changes no caption: 29 pictures leave every remainder of a tile, and beams of several widths go on from others.
  @Test(arguments: CompiledDecoder.Instructions.available, [1, 3])
  func aCaptionDoesNotHangOnItsBatch(_ instructions: CompiledDecoder.Instructions, width: Int) throws {
    let decoder = try CompiledDecoder(Self.lstm, Self.weights(Self.lstm), instructions: instructions)
    let values = Self.wave(29 * 28, 3)
    let grids = try FeatureMatrix(rows: 29, columns: 28, values: values)
    var search = CaptionSearch()
    (search.width, search.longest) = (width, 6)
    let together = try decoder.captions(grids, search: search, temperature: 0.5)
    for picture in 0..<29 {
      let alone = try decoder.captions(grids.selecting([picture]), search: search, temperature: 0.5)[0]
      #expect(alone.tokens == together[picture].tokens)
      #expect(alone.logProbability == together[picture].logProbability)
    }
  }

  /// The same search on the decoder that learns: beams are followed, not only steps.
  @Test func bothDecodersOfAnLSTMFindTheSameCaptions() throws {
    let compiled = try CompiledDecoder(Self.lstm, Self.weights(Self.lstm), instructions: .best(isExact: true))
    let torch = TorchDecoder(shape: Self.lstm, weights: Self.weights(Self.lstm))
    var search = CaptionSearch()
    search.longest = 5
    let captions = try [compiled as any CaptionDecoder, torch].map {
      try $0.captions(Self.grids(), search: search, temperature: 0.7)
    }
    #expect(captions[0].map(\.tokens) == captions[1].map(\.tokens))
    for (one, other) in zip(captions[0], captions[1]) {
      #expect(abs(one.logProbability - other.logProbability) < 1e-3)
      #expect(!one.tokens.contains(CaptionVocabulary.unknown))
    }
  }

  @Test func gridsOfAnotherSizeAreRefused() throws {
    let decoder = try CompiledDecoder(Self.lstm, Self.weights(Self.lstm), instructions: .portable)
    #expect(throws: SmallModelError.self) {
      try decoder.begin(FeatureMatrix(rows: 1, columns: 27, values: Self.wave(27, 0)))
    }
    #expect(throws: SmallModelError.self) {
      try CompiledDecoder(Self.lstm, Self.weights(Self.lstm).dropLast() + [[1]], instructions: .portable)
    }
  }
}
