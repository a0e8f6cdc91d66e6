import Foundation
import TestSupport
import Testing

@testable import Encoders

/// A small MPNet of random weights, and what transformers makes of it; `Golden/mpnet/make.py` made both.
@Suite struct MPNetTests {
  private struct Golden: Decodable {
    var text: String
    var ids: [Int32]
    var vector: [Float]
    /// Mean and maximum of the embeddings and each layer.
    var allLayers: [Float]
  }

  private static let folder = Bundle.module.bundleURL.appending(path: "Golden/mpnet")
  private static let settings = EncoderSettings(maximumTokens: 160)

  private static func golden() throws -> [Golden] {
    try JSONDecoder().decode([Golden].self, from: Data(contentsOf: folder.appending(path: "golden.json")))
  }

  private func difference(_ found: ArraySlice<Float>, _ wanted: [Float]) -> Float {
    found.count == wanted.count ? zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity : .infinity
  }

  @Test func tokensAreThoseOfTransformers() throws {
    let tokenizer = try SentenceEncoder.tokenizer(of: Self.folder)
    for entry in try Self.golden() {
      #expect(tokenizer.encode(entry.text, maximum: 160) == entry.ids, "\(entry.text.prefix(40))")
    }
  }

  @Test(arguments: [Pooling.sentence, .allLayers]) func vectorsAreThoseOfTransformers(pooling: Pooling) throws {
    let golden = try Self.golden()
    let encoder = try LoadedEncoder(contentsOf: Self.folder, settings: Self.settings, numbers: .float32)
    let features = try encoder.encode(golden.map(\.text), pooling: pooling).features
    for (row, entry) in golden.enumerated() {
      let wanted = pooling == .sentence ? entry.vector : entry.allLayers
      #expect(difference(features[row], wanted) < 1e-4, "\(entry.text.prefix(40))")
    }
  }

  private struct RealGolden: Decodable {
    var text: String
    var tokens: Int
    /// Every eighth of 768 numbers.
    var vector: [Float]
  }

  private static let model = MiniLM.models.appending(path: "all-mpnet-base-v2")

  @Test(.enabled(if: model.isThere, "all-mpnet-base-v2 is not here; 'scripts/setup --mpnet' brings it"))
  func theRealModelsVectorsAreThoseOfTransformers() throws {
    let golden = try JSONDecoder().decode(
      [RealGolden].self, from: Data(contentsOf: Self.folder.appending(path: "all-mpnet-base-v2.json")))
    let settings = EncoderSettings(maximumTokens: 384)
    let encoder = try LoadedEncoder(contentsOf: Self.model, settings: settings, numbers: .float32)
    let encoding = try encoder.encode(golden.map(\.text), pooling: .sentence)
    #expect(encoding.tokenCounts == golden.map(\.tokens))
    for (row, entry) in golden.enumerated() {
      let features = Array(encoding.features[row])
      let sampled = stride(from: 0, to: 768, by: 8).map { features[$0] }
      #expect(difference(sampled[...], entry.vector) < 1e-4, "\(entry.text.prefix(40))")
    }
  }

  @Test(arguments: TransformerNumbers.available)
  func vectorsHardlyDependOnTheNumbersOfTheProducts(numbers: TransformerNumbers) throws {
    let golden = try Self.golden()
    let encoder = try LoadedEncoder(contentsOf: Self.folder, settings: Self.settings, numbers: numbers)
    let features = try encoder.encode(golden.map(\.text), pooling: .sentence).features
    for (row, entry) in golden.enumerated() {
      #expect(zip(features[row], entry.vector).reduce(0) { $0 + $1.0 * $1.1 } >= 0.999, "\(entry.text.prefix(40))")
    }
  }

  @Test(arguments: [
    (["pad_token_id": 161], "pad_token_id"), (["pad_token_id": -1], "pad_token_id"),
    (["pad_token_id": Int.max], "pad_token_id"), (["relative_attention_num_buckets": 6], "relative_attention"),
    (["relative_attention_num_buckets": 16], "has shape [32, 3]"), (["max_position_embeddings": Int.min], "at least 1"),
  ])
  func whatIsNotComputedIsRefused(changes: [String: Int], reason: String) async throws {
    try await withTemporaryFolder { folder in
      let copy = folder.appending(path: "mpnet")
      try FileManager.default.copyItem(at: Self.folder, to: copy)
      try copy.change("config.json") { $0.merge(changes) { $1 } }
      let error = #expect(throws: EncoderError.self) {
        try SentenceEncoder(contentsOf: copy, settings: .init(maximumTokens: 16))
      }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }
}
