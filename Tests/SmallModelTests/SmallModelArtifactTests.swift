import Foundation
import Safetensors
import Testing
import Tokenizer

@testable import SmallModel

@Suite struct SmallModelArtifactTests {
  private func artifact() throws -> SmallModelArtifact {
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + (4..<50).map { "wört\($0)" }
    let card = ModelCard(
      task: "intents", version: "v7", parent: "v6", createdAt: Date(timeIntervalSince1970: 1_750_000_000),
      labels: ["a", "b", "c"], temperature: 1.5, thresholds: ["best_accuracy": 0.75], prior: [0.5, 0.25, 0.25],
      recall: [1, 0.5, 0], precision: [0.25, 1, 0], training: ToyData.settings(), dataCounts: ["train": 300])
    var counts = [Int32](repeating: 0, count: 50)
    counts[7] = 12
    return try SmallModelArtifact(
      card: card, network: ToyData.network(), tokenizer: WordPieceTokenizer(vocabulary: vocabulary),
      tokenCounts: counts)
  }

  private func textCNN(of artifact: SmallModelArtifact) throws -> StoredTextCNN {
    try #require(artifact.network as? StoredTextCNN)
  }

  @Test func comesBackAsItWent() throws {
    let artifact = try artifact()
    let data = try artifact.encoded()
    let back = try SmallModelArtifact(data: data, name: "model")
    #expect(back.card == artifact.card)
    let (read, written) = (try textCNN(of: back), try textCNN(of: artifact))
    #expect(read.weights == written.weights)
    #expect(read.tokenizer.vocabulary == written.tokenizer.vocabulary)
    #expect(read.tokenCounts == written.tokenCounts)
    #expect(try back.encoded() == data)
    #expect(try SafetensorsFile(data: data, name: "model").entry("embedding").type == .float16)
  }

  @Test func aTrainedNetworkComesBackToTheBit() async throws {
    var settings = ToyData.settings()
    settings.epochs = 1
    let trained = try await ToyData.network().trained(on: [ToyData.labelled(30, seed: 1)], settings: settings).network
    let artifact = try artifact()
    let other = try textCNN(of: artifact)
    let stored = try SmallModelArtifact(
      card: artifact.card, network: trained, tokenizer: other.tokenizer, tokenCounts: other.tokenCounts)
    #expect(try textCNN(of: SmallModelArtifact(data: stored.encoded(), name: "model")).weights == trained)
  }

  @Test func writesToAPath() throws {
    let url = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: url) } }
    try artifact().write(to: url)
    #expect(try SmallModelArtifact(contentsOf: url).card == artifact().card)
  }

  @Test func everyTruncationIsRefused() throws {
    let data = try artifact().encoded()
    for length in stride(from: 0, to: data.count, by: max(1, data.count / 97)) {
      #expect(throws: SafetensorsError.self, "\(length) bytes") {
        try SmallModelArtifact(data: data.prefix(length), name: "model")
      }
    }
    #expect(throws: SafetensorsError.self) { try SmallModelArtifact(data: data + [0], name: "model") }
    #expect(throws: SafetensorsError.self) { try SmallModelArtifact(data: Data("{}".utf8), name: "model") }
  }

  @Test func foreignAndDamagedFilesAreRefusedWithTheReason() throws {
    try expectRefusal("no small model") { metadata, _ in metadata["format"] = nil }
    try expectRefusal("format version 2") { metadata, _ in metadata["format_version"] = "2" }
    try expectRefusal("lacks card") { metadata, _ in metadata["card"] = nil }
    try expectRefusal("card cannot be read") { metadata, _ in metadata["card"] = "{}" }
    try expectRefusal("[3, 23]") { _, tensors in
      tensors["head"] = SafetensorsTensor([Float](repeating: 0, count: 69), shape: [3, 23])
    }
    try expectRefusal("not finite") { _, tensors in
      tensors["head.bias"] = SafetensorsTensor([0, .nan, 0] as [Float], shape: [3])
    }
    try expectRefusal("no tensor filters.1", as: SafetensorsError.self) { _, tensors in tensors["filters.1"] = nil }
    try expectRefusal("tokenizer has 4 tokens") { _, tensors in
      let bytes = Array("[PAD]\n[UNK]\n[CLS]\n[SEP]".utf8)
      tensors["vocabulary"] = SafetensorsTensor(bytes, shape: [bytes.count])
    }
    try expectRefusal("lacks [PAD]") { _, tensors in
      tensors["vocabulary"] = SafetensorsTensor(Array("x\ny".utf8), shape: [3])
    }
    try expectRefusal("not UTF-8") { _, tensors in tensors["vocabulary"] = SafetensorsTensor([UInt8(0xFF)], shape: [1])
    }
    try expectRefusal("dimension is 0") { metadata, _ in
      metadata["shape"] = metadata["shape"]?.replacing("\"dimension\":8", with: "\"dimension\":0")
    }
    try expectRefusal("names a label twice") { metadata, _ in
      metadata["card"] = metadata["card"]?.replacing("[\"a\",\"b\",\"c\"]", with: "[\"a\",\"a\",\"c\"]")
    }
    try expectRefusal("temperature is 0") { metadata, _ in
      metadata["card"] = metadata["card"]?.replacing("\"temperature\":1.5", with: "\"temperature\":0")
    }
    try expectRefusal("padding token 0 is not zero") { _, tensors in
      tensors["embedding"] = SafetensorsTensor([Float](repeating: 1, count: 400), shape: [50, 8])
    }
  }

  /// Changes a good file's parts and expects that it is refused with a reason that has `part` in it.
  private func expectRefusal<Failure: Error>(
    _ part: String, as failure: Failure.Type = SmallModelError.self,
    change: (inout [String: String], inout [String: SafetensorsTensor]) -> Void
  ) throws {
    let file = try SafetensorsFile(data: artifact().encoded(), name: "model")
    var metadata = file.metadata
    var tensors = try Dictionary(
      uniqueKeysWithValues: file.tensors.map { name, entry in
        (name, SafetensorsTensor(entry.type, shape: entry.shape, bytes: try file.withBytes(of: name) { Data($0) }))
      })
    change(&metadata, &tensors)
    let data = try SafetensorsFile.encode(tensors, metadata: metadata)
    let error = #expect(throws: failure) { try SmallModelArtifact(data: data, name: "model") }
    #expect(error.map { "\($0)".contains(part) } == true, "\(String(describing: error))")
  }

  @Test func settingsThatATaskDoesNotNameKeepTheirValues() throws {
    let settings = try JSONDecoder().decode(TrainingSettings.self, from: Data(#"{"epochs": 3, "seed": 9}"#.utf8))
    var expected = TrainingSettings()
    expected.epochs = 3
    expected.seed = 9
    #expect(settings == expected)
    let back = try JSONDecoder().decode(TrainingSettings.self, from: JSONEncoder().encode(ToyData.settings()))
    #expect(back == ToyData.settings())
  }
}
