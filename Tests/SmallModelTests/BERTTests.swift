import Content
import Encoders
import Foundation
import Safetensors
import TestSupport
import Testing
import Torch

@testable import SmallModel

@Suite struct BERTTests {
  private static let words =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "great", "awful", "a", "film", "the", "of"]
  private static let labels = ["positive", "negative"]

  private static func start(frozenLayers: Int = 0) throws -> StoredBERT {
    let models = URL.temporaryDirectory.appending(path: UUID().uuidString)
    try TinySentenceEncoder.write(words: words, into: models)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: models) } }
    let encoder = try EncoderParts(contentsOf: models.appending(path: TinySentenceEncoder.name))
    return try StoredBERT(
      encoder: encoder, head: (0..<16).map { Float($0 % 5) / 4 - 0.5 }, headBias: [0.25, -0.25],
      frozenLayers: frozenLayers)
  }

  private static var settings: TrainingSettings {
    var settings = BERTRecipe().training
    (settings.epochs, settings.batchSize, settings.learningRate, settings.maximumTokens) = (8, 8, 0.01, 16)
    return settings
  }

  private static let examples: TrainingExamples = {
    let texts = ["good", "great", "bad", "awful"].flatMap { word in
      ["a film", "of the film", "the", "a a a film of the film", "film"].flatMap { ["\(word) \($0)", "\($0) \(word)"] }
    }
    return TrainingExamples(
      inputs: texts.map { .text($0) }, targets: .labels(texts.indices.map { $0 < texts.count / 2 ? 0 : 1 }))
  }()

  private func card(_ settings: TrainingSettings = Self.settings) -> ModelCard {
    ModelCard(
      task: "t", version: "v", createdAt: Date(timeIntervalSince1970: 0), labels: Self.labels, training: settings)
  }

  private func distance(_ one: [Float], _ other: [Float]) -> Float {
    one.count == other.count ? zip(one, other).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  /// The encoders' own forward pass has golden vectors of another framework.
  @Test func whatLearnsComputesWhatAnswers() throws {
    let start = try Self.start()
    let texts = start.source(Self.examples, Self.settings).texts
    let predictor = BERTPredictor(
      encoder: try BlockingEncoder(start.encoder, settings: .init(maximumTokens: 16), numbers: .float32),
      head: try FeatureMatrix(rows: 2, columns: 8, values: start.head), headBias: start.headBias)
    let exact = try BERTLearner(start, texts: [texts], settings: Self.settings, isExact: true)
    #expect(distance(try exact.logits(texts), try predictor.logits(Self.examples.inputs)) < 1e-4)
    let answers = try start.predictor(card(), PredictorOptions()).logits(Self.examples.inputs)
    let learner = try BERTLearner(start, texts: [texts], settings: Self.settings)
    #expect(distance(try learner.logits(texts), answers) < 0.2)
  }

  /// Of each tensor the number of the largest gradient, by the difference of a small step to either side.
  @Test func gradientsAreThoseOfDifferences() throws {
    let start = try Self.start()
    let texts = start.source(Self.examples, Self.settings).texts
    let indices = [0, 3, 13, 25, 36]
    let learner = try BERTLearner(start, texts: [texts], settings: Self.settings, isExact: true)
    let factors = try Tensor((0..<40).map { Float($0 % 7) - 3 }, shape: [5, 8])
    func loss() throws -> Tensor { try (learner.features(texts, indices) * factors).sum() }
    try loss().backward()
    for (number, tensor) in learner.state.dropLast(2).enumerated() {
      let gradient = try #require(try tensor.gradient()).floats()
      let place = try #require(gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) })
      let values = try tensor.floats()
      func moved(by step: Float) throws -> Float {
        var numbers = values
        numbers[place] += step
        try tensor.assign(Tensor(numbers, shape: tensor.shape))
        return try withoutGradient { try loss().item() }
      }
      let difference = try (moved(by: 0.004) - moved(by: -0.004)) / 0.008
      try tensor.assign(Tensor(values, shape: tensor.shape))
      #expect(abs(difference - gradient[place]) < 0.03 + 0.03 * abs(difference), "tensor \(number)")
    }
  }

  @Test func learnsAndComesBackFromItsFile() async throws {
    var settings = Self.settings
    (settings.epochs, settings.patience) = (40, 40)
    let trained = try await Self.start().trained(
      on: [Self.examples], heldOut: Self.examples, settings: settings, progress: { _ in })
    #expect(trained.epochs.compactMap(\.heldOutAccuracy).max() == 1)
    let artifact = try SmallModelArtifact(card: card(), network: trained.network)
    let data = try artifact.encoded()
    let back = try SmallModelArtifact(data: data, name: "model")
    #expect(back.network.architecture == .bert)
    #expect(try back.encoded() == data)
    let logits = try back.predictor().logits(Self.examples.inputs)
    #expect(logits == (try artifact.predictor().logits(Self.examples.inputs)))
    let right = (0..<40).count { (logits[2 * $0] > logits[2 * $0 + 1]) == ($0 < 20) }
    #expect(right == 40)
    let file = try SafetensorsFile(data: data, name: "model")
    #expect(try file.entry("encoder.layer.1.output.dense.weight").type == .float16)
  }

  @Test func frozenLayersStay() async throws {
    let start = try Self.start(frozenLayers: 1)
    let trained = try await start.trained(
      on: [Self.examples], heldOut: Self.examples, settings: Self.settings, progress: { _ in })
    let (before, after) = (try start.contents().tensors, try trained.network.contents().tensors)
    for (name, tensor) in before where name != "vocabulary" {
      let isFrozen = name.hasPrefix("embeddings.") || name.hasPrefix("encoder.layer.0.")
      #expect((tensor.bytes == after[name]?.bytes) == isFrozen, "\(name)")
    }
  }

  /// Stopped in its second epoch, it goes on to the very same network.
  @Test func goesOnFromItsCheckpoint() throws {
    let url = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).checkpoint")
    let start = try Self.start()
    let source = start.source(Self.examples, Self.settings)
    func trained(stopAt last: Int, _ checkpoint: TrainingCheckpoint?) throws -> TrainedNetwork {
      var step = 0
      return try start.trained(
        on: [source], heldOut: source, settings: Self.settings, checkpoint: checkpoint, progress: { _ in },
        checkCancellation: {
          step += 1
          if step == last { throw CancellationError() }
        })
    }
    let checkpoint = TrainingCheckpoint(url: url, identity: "this")
    #expect(throws: CancellationError.self) { try trained(stopAt: 8, checkpoint) }
    #expect(FileManager.default.fileExists(atPath: url.path))
    let (resumed, whole) = (try trained(stopAt: 0, checkpoint), try trained(stopAt: 0, nil))
    #expect(resumed.epochs == whole.epochs)
    #expect(try resumed.network.contents() == whole.network.contents())
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test func whatIsNoBERTIsRefused() throws {
    let contents = try Self.start().contents()
    var fields = contents.metadata
    fields["format"] = "data-shunt-small-model"
    fields["format_version"] = "1"
    fields["architecture"] = "bert"
    fields["card"] = try card().metadataText()
    func read(_ change: (inout [String: SafetensorsTensor], inout [String: String]) -> Void) throws {
      var (tensors, metadata) = (contents.tensors, fields)
      change(&tensors, &metadata)
      _ = try SmallModelArtifact(data: SafetensorsFile.encode(tensors, metadata: metadata), name: "model")
    }
    try read { _, _ in }
    let layer = "encoder.layer.0.output.dense.weight"
    #expect(throws: SmallModelError.self) { try read { tensors, _ in tensors[layer] = nil } }
    #expect(throws: SmallModelError.self) {
      try read { tensors, _ in tensors[layer] = SafetensorsTensor([Float](repeating: 0, count: 8), shape: [8]) }
    }
    #expect(throws: SmallModelError.self) {
      try read { tensors, _ in tensors["head.bias"] = SafetensorsTensor([Float.nan, 0], shape: [2]) }
    }
    #expect(throws: SmallModelError.self) { try read { _, metadata in metadata["frozen_layers"] = "7" } }
    #expect(throws: SmallModelError.self) { try read { _, metadata in metadata["encoder"] = "{}" } }
    #expect(throws: SmallModelError.self) {
      try read { _, metadata in
        metadata["encoder"] = metadata["encoder"]?.replacing(
          "\"num_hidden_layers\": 2", with: "\"num_hidden_layers\": 1000000000000")
      }
    }
  }

  @Test func textsLongerThanItsPositionsAreRefused() throws {
    var settings = Self.settings
    settings.maximumTokens = 17
    let start = try Self.start()
    let source = start.source(Self.examples, settings)
    #expect(throws: SmallModelError.self) {
      try start.trained(
        on: [source], heldOut: source, settings: settings, checkpoint: nil, progress: { _ in },
        checkCancellation: {})
    }
  }
}
