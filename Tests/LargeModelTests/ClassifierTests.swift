import Content
import Encoders
import Foundation
import Images
import TestSupport
import Testing

@testable import LargeModel

@Suite(.serialized) struct ClassifierTests {
  static let labels = ["book_flight", "play_music", "weather", "account_balance"]
  static let texts = [
    ("get me on a plane to Berlin tomorrow", 0), ("put on some jazz", 1), ("will it rain this afternoon", 2),
    ("how much money do i have in checking", 3),
  ]

  @Test func zeroShotFindsTheNearestLabel() async throws {
    let model = try await ZeroShotClassifier(encoder: MiniLM.encoder(), labels: Self.labels)
    let answers = try await model.answer(Self.texts.map { .init(text: $0.0, candidates: [0, 1, 2, 3]) })
    for (answer, (text, label)) in zip(answers, Self.texts) {
      let answer = try answer.get()
      #expect(answer.label == label, "\(text)")
      #expect(abs(try #require(answer.probabilities).reduce(0, +) - 1) < 1e-5)
      #expect(answer.promptTokens > 2 && answer.completionTokens == 0 && answer.cost == 0)
    }
  }

  @Test func oneBadRequestSpoilsNoOther() async throws {
    let model = try await ZeroShotClassifier(encoder: MiniLM.encoder(), labels: Self.labels)
    let answers = try await model.answer([
      .init(text: "put on some jazz", candidates: [0, 2]), .init(text: "x", candidates: []),
      .init(text: "", candidates: [3]),
    ])
    #expect(try answers[0].get().probabilities?[1] == 0)
    #expect(throws: LargeModelError.self) { try answers[1].get() }
    #expect(try answers[2].get().probabilities == [0, 0, 0, 1])
  }

  @Test func versionsTellPromptsApart() async throws {
    let encoder = try await MiniLM.encoder()
    let plain = try await ZeroShotClassifier(encoder: encoder, labels: Self.labels)
    let same = try await ZeroShotClassifier(encoder: encoder, labels: Self.labels)
    let other = try await ZeroShotClassifier(
      encoder: encoder, labels: Self.labels, prompts: .init(templates: ["about {label}"]))
    #expect(plain.version == same.version)
    #expect(plain.version != other.version)
    #expect(plain.version.hasPrefix("all-MiniLM-L6-v2-"))
  }

  @Test func balancingTakesNothingFromALabelThatIsRight() async throws {
    let plain = try await ZeroShotClassifier(encoder: MiniLM.encoder(), labels: Self.labels)
    let balanced = try await plain.balanced(on: Self.texts.map(\.0))
    let answers = try await balanced.answer(Self.texts.map { .init(text: $0.0, candidates: [0, 1, 2, 3]) })
    #expect(try answers.map { try $0.get().label } == [0, 1, 2, 3])
    #expect(balanced.version.hasPrefix(plain.version + "/balanced-"))
    await #expect(throws: LargeModelError.self) { try await plain.balanced(on: []) }
    await #expect(throws: LargeModelError.self) { try await plain.balanced(on: ["a"], shares: [1, 1, 1, 0]) }
  }

  @Test func aHeadLearnsWhatItIsTaughtAndSurvivesItsFile() async throws {
    let encoder = try await MiniLM.encoder()
    let good = ["great", "lovely", "a joy", "excellent", "wonderful", "superb", "I love it", "brilliant"]
    let bad = ["awful", "terrible", "a pain", "dreadful", "horrible", "I hate it", "broken", "useless"]
    let texts = (good + bad).flatMap { ["this is \($0)", "really \($0) film", "\($0) product"] }
    let targets = texts.indices.map { $0 < texts.count / 2 ? 0 : 1 }
    let features = try await encoder.encode(texts, pooling: .allLayers).features
    let outcome = try await LinearHeadFitting().fit(
      LabelledFeatures(features: features, targets: targets), labels: ["good", "bad"],
      encoderVersion: encoder.version, pooling: .allLayers)
    #expect(outcome.heldOutAccuracy >= 0.5)
    let head = try await withTemporaryFolder { folder in
      let url = folder.appending(path: "head.safetensors")
      try outcome.head.write(to: url)
      return try LinearHead(contentsOf: url)
    }
    #expect(head == outcome.head)
    let model = try HeadClassifier(encoder: .sentences(encoder), head: head, labels: ["good", "bad"])
    let answers = try await model.answer([
      .init(text: "this is fantastic", candidates: [0, 1]), .init(text: "a terrible mess", candidates: [0, 1]),
      .init(text: "a terrible mess", candidates: [0]),
    ])
    #expect(try answers.map { try $0.get().label } == [0, 1, 0])
    #expect(throws: LargeModelError.self) {
      try HeadClassifier(encoder: .sentences(encoder), head: head, labels: ["bad", "good"])
    }
  }
}

@Suite struct PictureHeadTests {
  @Test func aPictureThatCannotBeReadFailsAlone() async throws {
    let folder = try TinyImageEncoder.models.encoder(TinyImageEncoder.name)
    let encoder = try ImageEncoder(contentsOf: folder)
    let files = TinyImageEncoder.redsAndBlues(each: 20)
    let features = try await encoder.features(of: files.map { try ImageDecoder().decode($0) })
    let targets = files.indices.map { $0 < files.count / 2 ? 0 : 1 }
    let head = try await LinearHeadFitting().fit(
      LabelledFeatures(features: features, targets: targets), labels: ["red", "blue"], encoderVersion: encoder.version,
      pooling: .sentence
    ).head
    let model = try HeadClassifier(encoder: .images(encoder), head: head, labels: ["red", "blue"])
    let inputs = [
      Input(image: .data(files[0], mediaType: nil)), Input(image: .data([1, 2, 3], mediaType: nil)),
      .text("no picture"),
      Input(text: "and a text", image: .data(files[39], mediaType: nil)),
    ]
    let answers = try await model.answer(inputs.map { LargeModelRequest(input: $0, candidates: [0, 1]) })
    let labels: [Int?] = try [answers[0], answers[3]].map { try $0.get().label }
    #expect(labels == [head.likeliest(features[0]), head.likeliest(features[39])])
    for answer in answers[1...2] {
      guard case .failure(let error) = answer else {
        Issue.record("answered")
        continue
      }
      #expect(error.kind == .noAnswer && error.blame == .sample)
    }
  }
}

extension LinearHead {
  fileprivate func likeliest(_ features: ArraySlice<Float>) -> Int {
    let logits = logits(features)
    return logits[0] >= logits[1] ? 0 : 1
  }
}

@Suite struct LabelBalanceTests {
  @Test func meanProbabilitiesBecomeTheShares() throws {
    // A label that is favoured everywhere, and two texts that lean to one label each.
    let logits = try FeatureMatrix(rows: 4, columns: 2, values: [3, 2, 3, 1.5, 3, 0, 3, -1])
    for shares: [Float] in [[0.5, 0.5], [0.8, 0.2]] {
      let biases = LabelBalance.biases(logits: logits, shares: shares, iterations: 200)
      let means = (0..<4).map { row in
        let gap = logits[row].last.map { $0 + biases[1] - 3 - biases[0] } ?? 0
        return 1 / (1 + exp(gap))
      }
      #expect(abs(means.reduce(0, +) / 4 - shares[0]) < 1e-4)
    }
  }
}
