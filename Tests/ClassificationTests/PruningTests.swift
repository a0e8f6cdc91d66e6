import Classification
import Testing

@Suite struct SoftPromptTests {
  @Test func isBayesRule() {
    let combined = SoftPrompt.combine(large: [0.5, 0.5], small: [0.8, 0.2], prior: [0.5, 0.5])
    #expect(abs(combined[0] - 0.8) < 1e-6)
  }

  @Test func aPriorThatSaysAllChangesNothing() {
    let large: [Float] = [0.2, 0.3, 0.5]
    let combined = SoftPrompt.combine(large: large, small: [0.7, 0.2, 0.1], prior: [0.7, 0.2, 0.1])
    #expect(zip(combined, large).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func removedCandidatesStayRemovedAndAllRemovedIsHarmless() {
    #expect(SoftPrompt.combine(large: [0, 1], small: [1, 0], prior: [0.5, 0.5]) == [0, 1])
    #expect(SoftPrompt.combine(large: [0, 0], small: [1, 0], prior: [0.5, 0.5]) == [0, 0])
  }

  @Test func weightZeroLeavesTheLargeModelAlone() {
    let combined = SoftPrompt.combine(large: [0.25, 0.75], small: [0.9, 0.1], prior: [0.5, 0.5], weight: 0)
    #expect(abs(combined[0] - 0.25) < 1e-6)
  }
}

@Suite struct HardPromptTests {
  private let rule = HardPrompt.Rule(recall: 0.8, precision: 0.8, improbable: 0.05, keepsAtLeast: 2)

  @Test func removesWhatAGoodModelHoldsImprobable() {
    let prompt = HardPrompt(rule: rule, recall: [0.9, 0.9, 0.1, 0.9], precision: [0.9, 0.9, 0.9, 0.1])
    #expect(prompt.candidates(small: [0.01, 0.9, 0.01, 0.01]) == [1, 2, 3])
  }

  @Test func keepsTheMostProbableWhereTooFewWouldStay() {
    let prompt = HardPrompt(rule: rule, recall: [1, 1, 1], precision: [1, 1, 1])
    #expect(prompt.candidates(small: [0.97, 0.01, 0.02]) == [0, 2])
  }
}

@Suite struct LabelDistributionTests {
  @Test func namesTheMostProbableAndSharesTheRest() {
    let labels = LabelIndex(["a", "b", "c", "d"])
    let distribution = LabelDistribution(labels: labels, probabilities: [0.1, 0.5, 0.3, 0.1], maximum: 2)
    #expect(distribution.top.map(\.label) == ["b", "c"])
    #expect(abs(distribution.rest - 0.2) < 1e-6)
    let even = distribution.expanded(over: labels)
    #expect(zip(even, [0.1, 0.5, 0.3, 0.1]).allSatisfy { abs($0 - $1) < 1e-6 })
    let byPrior = distribution.expanded(over: labels, prior: [0.3, 0.1, 0.1, 0.1])
    #expect(abs(byPrior[0] - 0.15) < 1e-6 && abs(byPrior[3] - 0.05) < 1e-6)
  }

  @Test func aShortDistributionHasNoRest() {
    let distribution = LabelDistribution(labels: LabelIndex(["a", "b", "c"]), probabilities: [0, 0.25, 0.75])
    #expect(distribution.top.map(\.label) == ["c", "b"])
    #expect(distribution.rest == 0)
  }

  @Test func strangeLabelsAreLeftOut() {
    let distribution = LabelDistribution(top: [.init(label: "x", probability: 1)], rest: 0)
    #expect(distribution.expanded(over: LabelIndex(["a", "b"])) == [0, 0])
  }
}
