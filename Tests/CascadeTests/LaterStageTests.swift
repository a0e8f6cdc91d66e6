import Cascade
import Testing

@Suite struct LaterStageTests {
  /// Of 1,000 samples S1 answers 600, 540 of them rightly; a stage after it sees 400.
  private func choice(_ rule: ThresholdRule) throws -> (queries: Float, accuracy: Float) {
    let outcomes = (0..<400).map { index -> HeldOutOutcome in
      let confidence = Float(400 - index) / 400
      return HeldOutOutcome(
        confidence: confidence, quality: index % 10 < 8 ? 1 : 0, agreement: 0, nextQuality: index % 10 < 7 ? 1 : 0)
    }
    let curve = ThresholdCurve(outcomes)
    let point = try rule.forLaterStage(passedOn: 400, of: 1000, qualityBefore: 540).choose(from: curve)
    let right: Float = 540 + point.accuracy * 400
    return (point.queryShare * 0.4, right / 1000)
  }

  @Test(arguments: [Float(0), 0.05, 0.2, 0.4, 1]) func aBudgetIsTheWholeCascades(budget: Float) throws {
    #expect(try choice(.queryBudget(budget)).queries <= budget + 1e-6)
  }

  @Test(arguments: [Float(0.5), 0.82, 0.85]) func aFloorIsTheWholeCascades(floor: Float) throws {
    #expect(try choice(.accuracyFloor(floor)).accuracy >= floor - 1e-5)
  }

  /// The best that the whole cascade reaches is 86 %.
  @Test(arguments: [Float(0.01), 0.03]) func aMarginIsTheWholeCascades(margin: Float) throws {
    let (best, chosen) = (try choice(.bestAccuracy), try choice(.nearBest(margin: margin)))
    #expect(chosen.accuracy >= best.accuracy - margin - 1e-5 && chosen.queries <= best.queries)
  }

  @Test func aFloorBeyondReachIsRefused() {
    #expect(throws: ThresholdError.self) { try choice(.accuracyFloor(0.9)) }
  }

  @Test func theOthersStayAsTheyAre() {
    let risk = ThresholdRule.riskControlled(error: 0.1, alpha: 0.05)
    #expect(risk.forLaterStage(passedOn: 4, of: 10, qualityBefore: 5) == risk)
    #expect(ThresholdRule.bestAccuracy.forLaterStage(passedOn: 0, of: 10, qualityBefore: 9) == .bestAccuracy)
  }
}
