import Foundation
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
    let model = try HeadClassifier(encoder: encoder, head: head, labels: ["good", "bad"])
    let answers = try await model.answer([
      .init(text: "this is fantastic", candidates: [0, 1]), .init(text: "a terrible mess", candidates: [0, 1]),
      .init(text: "a terrible mess", candidates: [0]),
    ])
    #expect(try answers.map { try $0.get().label } == [0, 1, 0])
    #expect(throws: LargeModelError.self) {
      try HeadClassifier(encoder: encoder, head: head, labels: ["bad", "good"])
    }
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

@Suite struct LinearHeadFittingTests {
  /// Two features, of which only the first tells the classes apart, on scales far from 1.
  private func data(_ count: Int) throws -> LabelledFeatures {
    var generator = SplitMix64(state: 3)
    var values: [Float] = []
    var targets: [Int] = []
    for row in 0..<count {
      targets.append(row % 2)
      values.append(1000 + 50 * Float(row % 2) + Float.random(in: -10...10, using: &generator))
      values.append(Float.random(in: -0.001...0.001, using: &generator))
    }
    return LabelledFeatures(features: try FeatureMatrix(rows: count, columns: 2, values: values), targets: targets)
  }

  private func fit(_ data: LabelledFeatures, _ fitting: LinearHeadFitting = .init()) async throws
    -> LinearHeadFitting.Outcome
  {
    try await fitting.fit(data, labels: ["a", "b"], encoderVersion: "e", pooling: .sentence)
  }

  @Test func separableClassesAreSeparatedOnRawFeatures() async throws {
    var fitting = LinearHeadFitting()
    fitting.learningRate = 0.1
    let data = try data(400)
    let outcome = try await fit(data, fitting)
    #expect(outcome.heldOutAccuracy == 1)
    let probabilities = try outcome.head.probabilities(data.features)
    for (row, target) in data.targets.enumerated() {
      #expect(Array(probabilities[row])[target] > 0.5)
    }
    #expect(throws: LargeModelError.self) { try outcome.head.probabilities(FeatureMatrix(rows: 1, columns: 3)) }
  }

  @Test func theSameSeedGivesTheSameHead() async throws {
    let data = try data(100)
    #expect(try await fit(data).head == fit(data).head)
  }

  @Test func aClassWithoutTextsAndOneTextAreNoTrap() async throws {
    let one = try data(2).selecting([0])
    #expect(try await fit(one).head.labels == ["a", "b"])
  }

  @Test func badInputIsRefused() async throws {
    let features = FeatureMatrix(rows: 2, columns: 1)
    await #expect(throws: LargeModelError.self) { try await fit(.init(features: features, targets: [0])) }
    await #expect(throws: LargeModelError.self) { try await fit(.init(features: features, targets: [0, 2])) }
    await #expect(throws: LargeModelError.self) {
      try await fit(.init(features: FeatureMatrix(rows: 0, columns: 1), targets: []))
    }
    #expect(throws: LargeModelError.self) { try FeatureMatrix(rows: 2, columns: 2, values: [1]) }
  }

  @Test func aForeignHeadFileIsRefused() async throws {
    try await withTemporaryFolder { folder in
      let url = folder.appending(path: "head.safetensors")
      try await fit(data(20)).head.write(to: url)
      let whole = try Data(contentsOf: url)
      try whole.prefix(whole.count - 1).write(to: url)
      #expect(throws: (any Error).self) { try LinearHead(contentsOf: url) }
      let weights = try await MiniLM.folder().appending(path: "model.safetensors")
      let error = #expect(throws: LargeModelError.self) { try LinearHead(contentsOf: weights) }
      #expect(error?.description.contains("no linear head") == true)
    }
  }
}
