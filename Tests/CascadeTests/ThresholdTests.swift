import Cascade
import Testing

/// Held-out outcomes of a small model that is right as often as it is confident, and a next stage that is right in
/// `nextAccuracy` of all cases.
private func outcomes(_ count: Int, nextAccuracy: Double, seed: UInt64) -> [HeldOutOutcome] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in
    let confidence = Float.random(in: 0.2...1, using: &generator)
    let quality: Float = Float.random(in: 0..<1, using: &generator) < confidence ? 1 : 0
    return HeldOutOutcome(
      confidence: confidence, quality: quality, agreement: 1 - quality,
      nextQuality: Double.random(in: 0..<1, using: &generator) < nextAccuracy ? 1 : 0)
  }
}

@Suite struct ThresholdCurveTests {
  @Test func countsWhatEachThresholdGives() throws {
    let curve = ThresholdCurve([
      HeldOutOutcome(confidence: 0.9, quality: 1, agreement: 0, nextQuality: 0),
      HeldOutOutcome(confidence: 0.5, quality: 0, agreement: 0, nextQuality: 1),
      HeldOutOutcome(confidence: 0.5, quality: 1, agreement: 1, nextQuality: 1),
      HeldOutOutcome(confidence: 0.2, quality: 0, agreement: 1, nextQuality: 0),
    ])
    #expect(curve.points.map(\.threshold) == [ThresholdCurve.nothingIsEasy, 0.9, 0.5, 0.2])
    #expect(curve.points.map(\.queryShare) == [1, 0.75, 0.25, 0])
    #expect(curve.points.map(\.accuracy) == [0.5, 0.75, 0.5, 0.5])
    #expect(curve.points.map(\.easyErrors) == [0, 0, 1, 2])
    #expect(curve.points.map(\.easyDisagreements) == [0, 1, 2, 2])
  }

  @Test(arguments: 1..<6) func everyPointAgreesWithACount(seed: UInt64) {
    let samples = outcomes(200, nextAccuracy: 0.8, seed: seed)
    for point in ThresholdCurve(samples).points {
      let easy = samples.filter { $0.confidence >= point.threshold }
      let right = samples.map { $0.confidence >= point.threshold ? $0.quality : $0.nextQuality }.reduce(0, +)
      #expect(point.easyCount == easy.count)
      #expect(point.easyErrors == Double(easy.count { $0.quality == 0 }))
      #expect(abs(point.accuracy - right / 200) < 1e-6)
      #expect(abs(point.queryShare - Float(200 - easy.count) / 200) < 1e-6)
    }
  }

  /// Replies that are neither right nor wrong, before a small model that answers every other sample itself.
  @Test(arguments: 1..<6) func everyPointAgreesWithASumOfQualities(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let samples = (0..<200).map { index in
      HeldOutOutcome(
        confidence: Float.random(in: 0...1, using: &generator), quality: Float.random(in: 0...1, using: &generator),
        agreement: 0, nextQuality: Float.random(in: 0...1, using: &generator), nextAsksLarge: index % 2 == 0)
    }
    let curve = ThresholdCurve(samples)
    #expect(curve.points.first?.queryShare == 0.5 && curve.points.last?.queryShare == 0)
    for point in curve.points {
      let (easy, hard) = (
        samples.filter { $0.confidence >= point.threshold }, samples.filter { $0.confidence < point.threshold }
      )
      let quality = easy.map(\.quality).reduce(0, +) + hard.map(\.nextQuality).reduce(0, +)
      #expect(abs(point.accuracy - quality / 200) < 1e-5)
      #expect(abs(point.easyErrors - easy.reduce(0) { $0 + 1 - Double($1.quality) }) < 1e-9)
      #expect(abs(point.queryShare - Float(hard.count { $0.nextAsksLarge }) / 200) < 1e-6)
    }
  }

  @Test func thinningKeepsTheEnds() {
    let curve = ThresholdCurve(outcomes(500, nextAccuracy: 0.8, seed: 3))
    let thinned = curve.thinned(to: 20)
    #expect(thinned.count == 20 && thinned.first == curve.points.first && thinned.last == curve.points.last)
  }
}

@Suite struct ThresholdRuleTests {
  private let curve = ThresholdCurve(outcomes(2000, nextAccuracy: 0.8, seed: 7))

  @Test func bestAccuracyHasNoBetterPoint() throws {
    let chosen = try ThresholdRule.bestAccuracy.choose(from: curve)
    #expect(curve.points.allSatisfy { $0.accuracy <= chosen.accuracy })
    #expect(curve.points.allSatisfy { $0.accuracy < chosen.accuracy || $0.queryShare >= chosen.queryShare })
  }

  @Test(arguments: [Float(0), 0.01, 0.05]) func nearTheBestTheFewestQueriesAreChosen(margin: Float) throws {
    let best = try ThresholdRule.bestAccuracy.choose(from: curve)
    let chosen = try ThresholdRule.nearBest(margin: margin).choose(from: curve)
    #expect(chosen.accuracy >= best.accuracy - margin && chosen.queryShare <= best.queryShare)
    #expect(curve.points.allSatisfy { $0.accuracy < best.accuracy - margin || $0.queryShare >= chosen.queryShare })
    #expect(margin == 0 || chosen.queryShare < best.queryShare)
  }

  @Test(arguments: [Float(0), 0.1, 0.5, 1]) func budgetIsKept(budget: Float) throws {
    let chosen = try ThresholdRule.queryBudget(budget).choose(from: curve)
    #expect(chosen.queryShare <= budget)
    #expect(curve.points.allSatisfy { $0.queryShare > budget || $0.accuracy <= chosen.accuracy })
  }

  @Test func floorIsReachedWithTheFewestQueries() throws {
    let chosen = try ThresholdRule.accuracyFloor(0.8).choose(from: curve)
    #expect(chosen.accuracy >= 0.8)
    #expect(curve.points.allSatisfy { $0.accuracy < 0.8 || $0.queryShare >= chosen.queryShare })
    #expect(throws: ThresholdError.self) { try ThresholdRule.accuracyFloor(0.999).choose(from: curve) }
  }

  @Test func noHeldOutSamplesIsAnError() {
    #expect(throws: ThresholdError.self) { try ThresholdRule.bestAccuracy.choose(from: ThresholdCurve([])) }
  }

  /// The guarantee itself: over many draws the true risk (the expected error among the easy) exceeds ε at most in a
  /// share α of them.
  @Test func riskControlHoldsOverDraws() throws {
    var violations = 0
    let draws = 200
    for draw in 0..<draws {
      let curve = ThresholdCurve(outcomes(600, nextAccuracy: 0.8, seed: UInt64(1000 + draw)))
      guard let point = try? ThresholdRule.riskControlled(error: 0.15, alpha: 0.1).choose(from: curve) else { continue }
      // Right with probability = confidence, uniform on [δ, 1]: the mean error is (1 − δ) ÷ 2.
      if (1 - point.threshold) / 2 > 0.15 { violations += 1 }
    }
    #expect(violations <= draws / 10)
  }

  /// The same for replies that are neither right nor wrong: a quality is uniform around its confidence.
  @Test func riskControlHoldsForQualities() throws {
    var (violations, chosen) = (0, 0)
    for draw in 0..<60 {
      var generator = SplitMix64(seed: UInt64(5000 + draw))
      let curve = ThresholdCurve(
        (0..<3000).map { _ in
          let confidence = Float.random(in: 0.2...1, using: &generator)
          let quality = Float.random(in: max(0, 2 * confidence - 1)...min(1, 2 * confidence), using: &generator)
          return HeldOutOutcome(confidence: confidence, quality: quality, agreement: 0, nextQuality: 0.8)
        })
      guard let point = try? ThresholdRule.riskControlled(error: 0.15, alpha: 0.1).choose(from: curve) else { continue }
      chosen += 1
      if (1 - point.threshold) / 2 > 0.15 { violations += 1 }
    }
    #expect(chosen > 50 && violations <= 6, "\(chosen), \(violations)")
  }

  @Test func riskControlRefusesWhatItCannotPromise() {
    let few = ThresholdCurve(outcomes(10, nextAccuracy: 0.8, seed: 1))
    #expect(throws: ThresholdError.self) {
      try ThresholdRule.riskControlled(error: 0.01, alpha: 0.05).choose(from: few)
    }
  }

  /// Golden figures: scipy.stats.beta.ppf(1 - alpha, k + 1, n - k).
  @Test(arguments: [
    (0, 10, 0.05, 0.2588655508930522), (3, 100, 0.05, 0.07571079374983004),
    (50, 1000, 0.01, 0.06840489369563105), (9, 10, 0.1, 0.9895192582062144),
  ])
  func binomialBoundAgreesWithScipy(successes: Int, trials: Int, alpha: Double, bound: Double) {
    #expect(abs(BinomialBound.upper(successes: successes, trials: trials, alpha: alpha) - bound) < 1e-9)
  }
}
