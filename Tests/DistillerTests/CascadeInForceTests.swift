import Content
import Encoders
import Evaluation
import Foundation
import ModelRegistry
import SmallModel
import Testing
import TestSupport

@testable import Distiller

@Suite struct CascadeInForceTests {
  /// A deployment's encoders need not be where this process looks by itself.
  @Test func anIntermediateModelIsLoadedFromTheDeploymentsEncoders() async throws {
    try await withTemporaryFolder { folder in
      let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]
      try TinySentenceEncoder.write(words: words, into: folder)
      let encoders = EncoderLibrary(ModelsFolder(folder))
      try await Bench.with { bench in
        let registry = try bench.registry(encoders)
        let specific = try await Self.labels(registry).specific
        let between = try await Self.intermediate(like: specific.artifact, encoders)
        let model = try await bench.models.register(
          between.card.description(as: .intermediate), artifact: Array(between.encoded()), who: "test")
        try await bench.models.promote(model.id, who: "test", why: "test")

        let cascade = try await Self.labels(registry)
        #expect(cascade.intermediate?.artifact.card.version == "between" && cascade.reads == [.text])
        #expect(try cascade.intermediate?.logits([.text("good"), .text("bad")]).indices.count == 2)
        let elsewhere = try bench.registry(EncoderLibrary(ModelsFolder(folder.appending(path: "nowhere"))))
        let error = try await #require(throws: EncoderError.self) { try await elsewhere.inForce(task: "toy") }
        #expect(error.description.contains(TinySentenceEncoder.name))
      }
    }
  }

  private static func labels(_ registry: ModelRegistry) async throws -> CascadeInForce<StageModel> {
    guard case .labels(let cascade) = try await registry.inForce(task: "toy") else {
      throw DistillerError("the toy answers with labels")
    }
    return cascade
  }

  private static func intermediate(
    like specific: SmallModelArtifact, _ encoders: EncoderLibrary
  ) async throws -> SmallModelArtifact {
    var training = TrainingSettings()
    training.maximumTokens = 16
    let recipe = EncoderHeadRecipe(
      encoder: TinySentenceEncoder.name, pooling: .sentence, weightDecays: [1], training: training)
    let labels = specific.card.labels
    let examples = TrainingExamples(
      inputs: labels.indices.map { .text($0 % 2 == 0 ? "good" : "bad") }, targets: .labels(Array(labels.indices)))
    let network = try await recipe.train(examples, heldOut: nil, labels: labels, encoders: encoders) { _ in }.network
    let card = ModelCard(
      task: "toy", version: "between", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: 0.9], training: training)
    return try SmallModelArtifact(card: card, network: network)
  }
}
