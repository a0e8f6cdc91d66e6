import Content
import Encoders
import Foundation
import TestSupport
import Testing

@testable import SmallModel

@Suite struct LearningEncoderHeadTests {
  private static let library = EncoderLibrary(TinyImageEncoder.models)
  private static let labels = ["red", "blue"]
  /// Reds, then as many blues.
  private static let inputs = TinyImageEncoder.redsAndBlues(each: 20)
    .map { Input(image: .data($0, mediaType: "image/png")) }
  private static let recipe = EncoderHeadRecipe(
    encoder: TinyImageEncoder.name, pooling: .sentence, weightDecays: [0.1], training: TrainingSettings())

  private static var settings: TrainingSettings {
    var settings = TrainingSettings()
    (settings.epochs, settings.heldOutShare) = (5, 0)
    return settings
  }

  /// A head that tells reds from blues.
  private static func head() async throws -> EncoderHead {
    let targets = inputs.indices.map { $0 < 20 ? 0 : 1 }
    let trained = try await recipe.train(
      TrainingExamples(inputs: inputs, targets: .labels(targets)), heldOut: nil, labels: labels, encoders: library
    ) { _ in }
    return try #require(trained.network as? EncoderHead)
  }

  private static func learnt(_ sets: [TrainingExamples], from head: EncoderHead) async throws -> EncoderHead {
    let trained = try await head.trainable(library).trained(on: sets, heldOut: nil, settings: settings) { _ in }
    return try #require(trained.network as? EncoderHead)
  }

  /// The places of pictures whose features are the same, by groups.
  private static func alike() async throws -> [[Int]] {
    let encoder = try library.encoder(TinyImageEncoder.name, settings: EncoderSettings())
    let features = try await encoder.features(of: inputs, pooling: .sentence)
    return Array(Dictionary(grouping: inputs.indices) { Array(features[$0]) }.values)
  }

  /// What a head holds probable, [inputs][labels].
  private static func probabilities(_ head: EncoderHead) async throws -> [[Double]] {
    let encoder = try library.encoder(TinyImageEncoder.name, settings: EncoderSettings())
    let features = try await encoder.features(of: inputs, pooling: .sentence)
    return inputs.indices.map { row in
      let odds = head.head.logits(features[row]).map { exp(Double($0)) }
      return odds.map { $0 / odds.reduce(0, +) }
    }
  }

  /// Pictures that the encoder cannot tell apart get one answer: where KL has ended, the mean of what the teacher says of
  /// them.
  @Test func aTeacherIsFollowedInItsProbabilitiesAndNotInItsLabelsAlone() async throws {
    let ofReds: [Float] = Self.inputs.indices.map { $0 < 20 ? 0.7 : 0.1 }
    let set = TrainingExamples(
      inputs: Self.inputs, targets: .distributions(ofReds.flatMap { [$0, 1 - $0] }))
    let answers = try await Self.probabilities(Self.learnt([set], from: Self.head()))
    let alike = try await Self.alike()
    #expect(alike.count > 1)
    for pictures in alike {
      let mean = pictures.reduce(0) { $0 + Double(ofReds[$1]) } / Double(pictures.count)
      for picture in pictures { #expect(abs(answers[picture][0] - mean) < 0.02) }
    }
  }

  /// Nothing pulls a head away from a teacher that says what it says itself, but for its weight decay.
  @Test func startsFromWhereTheHeadStands() async throws {
    let head = try await Self.head()
    let own = try await Self.probabilities(head)
    let set = TrainingExamples(inputs: Self.inputs, targets: .distributions(own.flatMap { $0.map(Float.init) }))
    let again = try await Self.probabilities(Self.learnt([set], from: head))
    for (one, other) in zip(own, again) { #expect(abs(one[0] - other[0]) < 0.03) }
  }

  @Test func labelsAndBothStagesAreLearntTogetherAndTheSameSeedGivesTheSameHead() async throws {
    let labelled = TrainingExamples(
      inputs: Array(Self.inputs.prefix(10)), targets: .labels([Int](repeating: 1, count: 10)))
    let taught = TrainingExamples(
      inputs: Array(Self.inputs.suffix(10)), targets: .distributions((0..<10).flatMap { _ in [Float(1), 0] }))
    let head = try await Self.head()
    let empty = TrainingExamples(inputs: [], targets: .distributions([]))
    let (one, other) = try await (
      Self.learnt([labelled, taught, empty], from: head), Self.learnt([labelled, taught, empty], from: head)
    )
    #expect(try one.contents() == other.contents())
    let answers = try await Self.probabilities(one)
    #expect(answers.prefix(10).allSatisfy { $0[1] > 0.5 })
    // The encoder holds some blues for reds.
    let labelledAlike = try await Self.alike().filter { !$0.allSatisfy { $0 >= 10 } }.flatMap(\.self)
    let blues = Self.inputs.indices.suffix(10).filter { !labelledAlike.contains($0) }
    #expect(!blues.isEmpty && blues.allSatisfy { answers[$0][0] > 0.5 })
    #expect(one.head.weightDecay == 0.1 && one.encoder == head.encoder)
  }

  @Test func aRecipeKnowsTheNetworksThatItMakes() async throws {
    let head = try await Self.head()
    var other = Self.recipe
    other.encoder = "another"
    #expect(Self.recipe.makes(head) && !other.makes(head))
    #expect(!Self.recipe.makes(StoredResNet(try ResNetToy.network(), calibratedOn: nil)))
  }

  @Test func anotherEncodersHeadIsRefused() async throws {
    let head = try await Self.head()
    let sentences = try await MiniLM.folder().lastPathComponent
    let wrong = EncoderHead(encoder: sentences, head: head.head)
    let set = TrainingExamples(inputs: [.text("red")], targets: .labels([0]))
    let error = await #expect(throws: SmallModelError.self) {
      try await wrong.trainable(EncoderLibrary(ModelsFolder(MiniLM.models)))
        .trained(on: [set], heldOut: nil, settings: Self.settings) { _ in }
    }
    #expect(error?.description.contains("bring that one, or train again") == true)
  }
}
