import Testing

@testable import Cascade

/// Samples whose confidence is uniform on 0 to 1, and how often the large model says otherwise at each confidence.
private struct Population: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let disagreement: @Sendable (Float) -> Float

  func draw(_ count: Int, _ generator: inout SplitMix64) -> [HeldOutOutcome] {
    (0..<count).map { _ in
      let confidence = Float.random(in: 0..<1, using: &generator)
      let differs = Float.random(in: 0..<1, using: &generator) < disagreement(confidence)
      // The truth is always what the small model says: parity must not look at it.
      return HeldOutOutcome(confidence: confidence, quality: 1, agreement: differs ? 0 : 1, nextQuality: 1)
    }
  }

  /// The mean disagreement among confidences at or above δ.
  func risk(_ threshold: Float) -> Float {
    let steps = 200
    return (0..<steps).reduce(Float(0)) {
      $0 + disagreement(threshold + (1 - threshold) * (Float($1) + 0.5) / Float(steps)) / Float(steps)
    }
  }

  static let all = [
    Population(testDescription: "surer is better") { 0.4 * (1 - $0) * (1 - $0) + 0.002 },
    Population(testDescription: "a cliff") { $0 > 0.6 ? 0.01 : 0.5 },
    Population(testDescription: "no confidence tells anything, just too much") { _ in 0.101 },
    Population(testDescription: "waves") { 0.1 * (1 - $0) + ($0 * 10).truncatingRemainder(dividingBy: 2) * 0.06 },
  ]
}

@Suite struct ParityRuleTests {
  private static let draws = 200

  /// The promise: over fresh draws of held-out samples, the easy answers disagree more often than allowed in 5 % of them
  /// at most. And where there is something to show it keeps more samples than the exact bound with one half of them to
  /// choose by and one to certify.
  @Test(arguments: Population.all, [Float(0.9), 0.95, 0.98])
  private func thePromiseHoldsOverDraws(population: Population, target: Float) {
    var generator = SplitMix64(seed: 23)
    var (violations, share, splitShare) = (0, Float(0), Float(0))
    for _ in 0..<Self.draws {
      let samples = population.draw(600, &generator)
      let threshold = Self.threshold(ThresholdCurve(samples), target)
      if threshold < 1 && population.risk(threshold) > 1 - target { violations += 1 }
      share += max(0, 1 - threshold)
      splitShare += max(0, 1 - Self.split(samples, target))
    }
    #expect(violations <= Self.draws / 20, "\(violations)")
    guard population.risk(0.8) < 1 - target else { return }
    #expect(share >= splitShare, "\(share) against \(splitShare)")
  }

  @Test func muchIsShownWhereThereIsMuch() throws {
    var generator = SplitMix64(seed: 5)
    let samples = Population.all[1].draw(2000, &generator)
    let point = try ThresholdRule.parity(target: 0.95, confidence: 0.95).choose(from: ThresholdCurve(samples))
    // 40 % of the samples are above the cliff, and with them some of those below it: 38 of 42 would do.
    #expect((0.52...0.6).contains(point.threshold), "\(point.threshold)")
    #expect(try #require(point.easyDisagreements) / Double(point.easyCount) < 0.05)
  }

  /// Parity and a controlled risk are one bound, of another measure.
  @Test func aControlledRiskIsTheSameOfTheTruth() throws {
    var generator = SplitMix64(seed: 6)
    let samples = Population.all[0].draw(1000, &generator)
    let turned = samples.map {
      HeldOutOutcome(confidence: $0.confidence, quality: $0.agreement, agreement: $0.quality, nextQuality: 1)
    }
    let parity = try ThresholdRule.parity(target: 0.9, confidence: 0.95).choose(from: ThresholdCurve(samples))
    let risk = try ThresholdRule.riskControlled(error: 0.1, alpha: 0.05).choose(from: ThresholdCurve(turned))
    #expect(parity.threshold == risk.threshold)
  }

  @Test func tooFewSamplesAreSaidWithTheirNumber() {
    var generator = SplitMix64(seed: 7)
    let curve = ThresholdCurve(Population.all[1].draw(60, &generator))
    let error = #expect(throws: ThresholdError.self) {
      try ThresholdRule.parity(target: 0.98, confidence: 0.95).choose(from: curve)
    }
    #expect(error?.description.contains("0.98") == true && error?.description.contains("60") == true)
  }

  /// δ by the rule; above 1 where nothing is shown.
  private static func threshold(_ curve: ThresholdCurve, _ target: Float) -> Float {
    do throws(ThresholdError) {
      return try ThresholdRule.parity(target: target, confidence: 0.95).choose(from: curve).threshold
    } catch { return ThresholdCurve.nothingIsEasy }
  }

  /// The rival: one half chooses the lowest δ that passes the exact bound (Clopper–Pearson), the other half certifies it.
  private static func split(_ samples: [HeldOutOutcome], _ target: Float) -> Float {
    func passes(_ disagreements: Double, _ count: Int) -> Bool {
      count > 0 && BinomialBound.atMost(Int(disagreements), of: count, probability: 1 - Double(target)) <= 0.05
    }
    let half = samples.count / 2
    let chosen = ThresholdCurve(Array(samples[..<half])).points.last { passes($0.easyDisagreements ?? 0, $0.easyCount) }
    guard let threshold = chosen?.threshold else { return ThresholdCurve.nothingIsEasy }
    let easy = samples[half...].filter { $0.confidence >= threshold }
    return passes(easy.reduce(0) { $0 + 1 - Double($1.agreement) }, easy.count)
      ? threshold : ThresholdCurve.nothingIsEasy
  }
}
