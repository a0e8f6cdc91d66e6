import Cascade
import Content
import Encoders
import Foundation
import Safetensors
import TestSupport
import Testing

@testable import SmallModel

@Suite struct EncoderHeadTests {
  private static let labels = ["good", "bad"]

  private static func trained(_ library: EncoderLibrary) async throws -> SmallModelArtifact {
    _ = try await MiniLM.folder()
    let good = ["great", "lovely", "a joy", "excellent", "wonderful", "superb", "I love it", "brilliant"]
    let bad = ["awful", "terrible", "a pain", "dreadful", "horrible", "I hate it", "broken", "useless"]
    let texts = (good + bad).flatMap { ["this is \($0)", "really \($0) film", "\($0) product"] }
    var training = TrainingSettings()
    training.maximumTokens = 16
    let recipe = EncoderHeadRecipe(
      encoder: ModelFetch.modelName, pooling: .sentence, weightDecays: [0.1], training: training)
    let examples = TrainingExamples(
      inputs: texts.map { .text($0) }, targets: .labels(texts.indices.map { $0 < texts.count / 2 ? 0 : 1 }))
    let outcome = try await recipe.train(examples, heldOut: nil, labels: labels, encoders: library) { _ in }
    let card = ModelCard(
      task: "mood", version: "mood-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: 0], training: recipe.training)
    return try SmallModelArtifact(card: card, network: outcome.network)
  }

  @Test func learnsSurvivesItsFileAndAnswersInACascade() async throws {
    let library = EncoderLibrary(ModelsFolder(MiniLM.models))
    let artifact = try await Self.trained(library)
    let back = try SmallModelArtifact(data: artifact.encoded(), name: "file")
    #expect(back.network.architecture == .encoderHead && back.card == artifact.card)
    #expect(try back.network.contents() == artifact.network.contents())
    let cascade = try SmallModelCascade([(.intermediate, back)], options: PredictorOptions(encoders: library))
    let inputs: [Input] = [
      .text("this is fantastic"), .text("a terrible mess"), .text("word " + String(repeating: "word ", count: 40)),
    ]
    let scratch = PredictionScratch()
    let batch = try cascade.shunt(inputs, scratch: scratch)
    #expect(batch.label(ofStage: 0, sample: 0) == 0 && batch.label(ofStage: 0, sample: 1) == 1)
    #expect(scratch.isTruncated == [false, false, true])
    #expect(cascade.stages.map(\.answeredBy) == [.intermediate])
  }

  @Test func picturesAreReadWhereTheEncoderReadsThem() async throws {
    let library = EncoderLibrary(TinyImageEncoder.models)
    let files = TinyImageEncoder.redsAndBlues(each: 20)
    let inputs = files.map { Input(image: .data($0, mediaType: "image/png")) }
    let recipe = EncoderHeadRecipe(
      encoder: TinyImageEncoder.name, pooling: .sentence, weightDecays: [0.1], training: TrainingSettings())
    let targets = inputs.indices.map { $0 < inputs.count / 2 ? 0 : 1 }
    let trained = try await recipe.train(
      TrainingExamples(inputs: inputs, targets: .labels(targets)), heldOut: nil, labels: ["red", "blue"],
      encoders: library
    ) { _ in }
    let card = ModelCard(
      task: "colours", version: "colours-1", createdAt: Date(timeIntervalSince1970: 0), labels: ["red", "blue"],
      thresholds: [ModelCard.shuntThreshold: 0], training: recipe.training)
    let file = try SmallModelArtifact(card: card, network: trained.network).encoded()
    let cascade = try SmallModelCascade(
      [(.specific, SmallModelArtifact(data: file, name: "file"))], options: PredictorOptions(encoders: library))
    #expect(cascade.reads == [.image])
    let batch = try cascade.shunt(inputs, scratch: PredictionScratch())
    let (encoder, head) = try (
      library.encoder(TinyImageEncoder.name, settings: EncoderSettings()),
      #require(trained.network as? EncoderHead).head
    )
    let features = try await encoder.features(of: inputs, pooling: .sentence)
    for sample in inputs.indices {
      let logits = head.logits(features[sample])
      #expect(batch.label(ofStage: 0, sample: sample) == (logits[0] >= logits[1] ? 0 : 1))
    }
  }

  @Test func anEncoderThatIsNotThereIsToldWithItsRemedy() async throws {
    let library = EncoderLibrary(ModelsFolder(MiniLM.models))
    let artifact = try await Self.trained(library)
    let head = try #require(artifact.network as? EncoderHead).head
    let elsewhere = EncoderHead(encoder: "nowhere", head: head)
    let missing = #expect(throws: EncoderError.self) {
      try elsewhere.predictor(artifact.card, PredictorOptions(encoders: library))
    }
    #expect(missing?.description.contains("shunt models fetch") == true)
  }

  @Test func anUnknownArchitectureIsRefusedByItsName() throws {
    let file = try SafetensorsFile.encode(
      ["x": SafetensorsTensor([Float(1)], shape: [1])],
      metadata: ["format": "data-shunt-small-model", "format_version": "1", "architecture": "oracle"])
    let error = #expect(throws: SmallModelError.self) { try SmallModelArtifact(data: file, name: "file") }
    #expect(error?.description.contains("oracle") == true && error?.description.contains("encoder-head") == true)
  }
}
