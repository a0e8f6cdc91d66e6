import Testing

@testable import LargeModel

@Suite struct CandidateSoftmaxTests {
  private func answer(_ candidates: [Int], temperature: Float = 1) throws -> LargeModelAnswer {
    try LargeModelAnswer(logits: [1, 3, 2, 3], temperature: temperature, candidates: candidates, promptTokens: 5)
  }

  @Test func removedCandidatesGetNothingAndTheRestSumToOne() throws {
    let answer = try answer([0, 2])
    #expect(answer.label == 2)
    let probabilities = try #require(answer.probabilities)
    #expect(probabilities[1] == 0 && probabilities[3] == 0)
    #expect(abs(probabilities[2] - 0.7310586) < 1e-6)  // 1 / (1 + e⁻¹)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
  }

  @Test func theFirstOfEqualsIsTheAnswer() throws {
    #expect(try answer([0, 1, 2, 3]).label == 1)
    #expect(try answer([3, 1]).label == 3)
  }

  @Test func aSmallTemperatureNeitherOverflowsNorDividesByZero() throws {
    let answer = try answer([0, 1, 2], temperature: 1e-6)
    #expect(answer.probabilities == [0, 1, 0, 0])
  }

  @Test(arguments: [([], "none are left"), ([4], "4 is no index"), ([-1], "-1 is no index"), ([1, 1], "twice")])
  func impossibleCandidatesAreRefused(candidates: [Int], reason: String) {
    let error = #expect(throws: LargeModelError.self) { try answer(candidates) }
    #expect(error?.kind == .badRequest)
    #expect(error?.description.contains(reason) == true)
  }
}

@Suite struct LabelPromptsTests {
  @Test func namesBecomeSentences() {
    let prompts = LabelPrompts(templates: ["{label}", "about {label}!"], descriptions: ["x": "a thing"])
    #expect(prompts.sentences(for: "credit_card") == ["credit card", "about credit card!"])
    #expect(prompts.sentences(for: "x") == ["a thing", "about a thing!"])
  }

  @Test(arguments: [
    (LabelPrompts(templates: []), "at least one"), (LabelPrompts(templates: ["label"]), "lacks {label}"),
    (LabelPrompts(descriptions: ["z": "?"]), "z is no label"),
  ])
  func contradictionsAreRefused(prompts: LabelPrompts, reason: String) {
    let error = #expect(throws: LargeModelError.self) { try prompts.check(labels: ["a", "b"]) }
    #expect(error?.description.contains(reason) == true)
  }
}
