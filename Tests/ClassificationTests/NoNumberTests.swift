import Classification
import Testing

/// What a stored answer may hold after all reaches these; none of it may trap, or never end.
@Suite struct NoNumberTests {
  private static let odd: [Float] = [.nan, -.nan, .infinity, -.infinity, 3e38, -3e38, -1, 2, .leastNonzeroMagnitude]

  @Test(arguments: odd) func aDistributionOfItIsOfTheTasksLength(number: Float) {
    let labels = LabelIndex(["a", "b", "c"])
    let entry = LabelDistribution.Entry(label: "b", probability: number)
    #expect(LabelDistribution(top: [entry, entry], rest: number).expanded(over: labels).count == 3)
    #expect(LabelDistribution(labels: labels, probabilities: [number, number, 0.1]).top.count <= 3)
    #expect(Softmax.probabilities([number, number, 1]).count == 3)
    let temperature = Temperature.fit(logits: [number, 0, 1, 2], labels: [0, 1], classCount: 2)
    #expect((0.04...21).contains(temperature))
  }
}
