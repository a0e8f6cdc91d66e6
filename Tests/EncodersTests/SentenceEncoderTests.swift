import Foundation
import TestSupport
import Testing

@testable import Encoders

/// Vectors of Hugging Face transformers 4.30 on PyTorch 1.13, one text at a time.
private struct Golden: Decodable {
  var text: String
  var tokens: Int
  var vector: [Float]
  /// Every 48th of the 5,376 numbers: 8 of the mean and 8 of the maximum of the embeddings and each layer.
  var allLayers: [Float]

  static func load() throws -> [Golden] {
    let url = Bundle.module.bundleURL.appending(path: "Golden/vectors.json")
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
  }
}

@Suite(.serialized) struct SentenceEncoderTests {
  @Test(arguments: [1, 1024, 100_000])
  func vectorsAreThoseOfTransformers(tokenBudget: Int) async throws {
    let golden = try Golden.load()
    let settings = EncoderSettings(threads: 2, tokenBudget: tokenBudget)
    let encoder = try LoadedEncoder(contentsOf: await MiniLM.folder(), settings: settings, numbers: .float32)
    let encoding = try encoder.encode(golden.map(\.text), pooling: .sentence)
    #expect(encoding.tokenCounts == golden.map(\.tokens))
    #expect(encoding.isTruncated == golden.map { $0.text.hasPrefix("word ") })
    for (row, entry) in golden.enumerated() {
      let worst = zip(encoding.features[row], entry.vector).map { abs($0 - $1) }.max()
      #expect(entry.vector.count == 384 && worst ?? 1 < 1e-4, "\(entry.text.prefix(40))")
    }
  }

  @Test func everyLayerIsThatOfTransformers() async throws {
    let golden = try Golden.load()
    let encoder = try LoadedEncoder(contentsOf: await MiniLM.folder(), settings: .init(), numbers: .float32)
    let encoding = try encoder.encode(golden.map(\.text), pooling: .allLayers)
    #expect(encoding.features.columns == 5376)
    for (row, entry) in golden.enumerated() {
      let sampled = stride(from: 0, to: 5376, by: 48).map { encoding.features[row][row * 5376 + $0] }
      #expect(zip(sampled, entry.allLayers).allSatisfy { abs($0 - $1) < 1e-4 }, "\(entry.text.prefix(40))")
    }
  }

  @Test(arguments: TransformerNumbers.available)
  func vectorsHardlyDependOnTheNumbersOfTheProducts(numbers: TransformerNumbers) async throws {
    let golden = try Golden.load()
    let encoder = try LoadedEncoder(contentsOf: await MiniLM.folder(), settings: .init(), numbers: numbers)
    let features = try encoder.encode(golden.map(\.text), pooling: .sentence).features
    for (row, entry) in golden.enumerated() {
      let cosine = zip(features[row], entry.vector).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(cosine >= 0.999, "\(entry.text.prefix(40))")
    }
  }

  /// To the last bit: what a sample is answered must not depend on which others happened to come with it.
  @Test(arguments: [Pooling.sentence, .allLayers]) func aTextsVectorIsTheSameInAnyCompany(pooling: Pooling) async throws
  {
    let words = ["editor", "for", "the", "desktop", "library", "a", "fast", "mail", "server", "of", "fonts"]
    let texts = (0..<48).map { text in
      (0..<(1 + text * 7 % 40)).map { words[($0 * 5 + text * 3) % words.count] }.joined(separator: " ")
    }
    let encoder = try await MiniLM.encoder()
    let together = try await encoder.encode(texts, pooling: pooling).features
    for size in [1, 2, 5, 17] {
      for start in stride(from: 0, to: texts.count, by: size) {
        let company = Array(start..<min(start + size, texts.count))
        let features = try await encoder.encode(company.reversed().map { texts[$0] }, pooling: pooling).features
        for (row, text) in company.reversed().enumerated() {
          let isSame = Array(features[row]).elementsEqual(Array(together[text])) { $0.bitPattern == $1.bitPattern }
          #expect(isSame, "text \(text) among \(size)")
        }
      }
    }
  }

  @Test func noTextsAreNoRows() async throws {
    let encoding = try await MiniLM.encoder().encode([])
    #expect(encoding.features.rows == 0 && encoding.features.values.isEmpty)
  }

  @Test func aFolderThatIsNoEncoderIsRefusedWithItsReason() async throws {
    let folder = try await MiniLM.folder()
    let changes: [(file: String, content: String?, reason: String)] = [
      ("config.json", nil, "config.json"), ("vocab.txt", nil, "vocab.txt"),
      ("model.safetensors", nil, "model.safetensors"), ("config.json", "{}", "modelType"),
      ("config.json", config(["model_type": "roberta"]), "roberta"),
      ("config.json", config(["hidden_act": "relu"]), "relu"),
      ("config.json", config(["num_attention_heads": 7]), "multiple"),
      ("config.json", config(["hidden_size": 768]), "has shape [30522, 384]"),
      ("config.json", config(["num_hidden_layers": 7]), "encoder.layer.6"),
      ("config.json", config(["num_hidden_layers": 0]), "at least 1"),
      ("vocab.txt", "[PAD]\n[UNK]\n", "[CLS]"), ("model.safetensors", "garbage", "7 bytes"),
    ]
    for change in changes {
      try await withTemporaryFolder { copy in
        for file in ["config.json", "vocab.txt", "model.safetensors"] where file != change.file {
          try FileManager.default.createSymbolicLink(
            at: copy.appending(path: file), withDestinationURL: folder.appending(path: file))
        }
        if let content = change.content { try Data(content.utf8).write(to: copy.appending(path: change.file)) }
        let error = #expect(throws: (any Error).self) { try SentenceEncoder(contentsOf: copy) }
        #expect(error.map { "\($0)".contains(change.reason) } == true, "\(change): \(String(describing: error))")
      }
    }
  }

  @Test(arguments: [
    (EncoderSettings(threads: 0), "threads"), (.init(maximumTokens: 513), "maximumTokens"),
    (.init(maximumTokens: 2), "maximumTokens"), (.init(tokenBudget: 0), "tokenBudget"),
  ])
  func badSettingsAreRefused(settings: EncoderSettings, key: String) async throws {
    let folder = try await MiniLM.folder()
    let error = #expect(throws: EncoderError.self) { try SentenceEncoder(contentsOf: folder, settings: settings) }
    #expect(error?.description.hasPrefix(key) == true)
  }

  /// MiniLM's configuration with some fields changed.
  private func config(_ changes: [String: any Sendable]) -> String {
    var fields: [String: any Sendable] = [
      "model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
      "intermediate_size": 1536, "max_position_embeddings": 512, "type_vocab_size": 2, "vocab_size": 30522,
      "layer_norm_eps": 1e-12, "hidden_act": "gelu",
    ]
    fields.merge(changes) { $1 }
    let lines = fields.map { "\"\($0)\": " + (($1 as? String).map { "\"\($0)\"" } ?? "\($1)") }
    return "{\(lines.joined(separator: ", "))}"
  }
}
