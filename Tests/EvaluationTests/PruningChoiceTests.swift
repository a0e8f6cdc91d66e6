import Cascade
import Classification
import Evaluation
import Tasks
import Testing

@Suite struct PruningChoiceTests {
  /// A curve of ten samples: the small model is right on the last `easy`, the large one on the first `large`.
  private func curve(large: Int, easy: Int = 5) -> ThresholdCurve {
    ThresholdCurve(
      (0..<10).map {
        HeldOutOutcome(
          confidence: 0.3 + 0.05 * Float($0), quality: $0 >= 10 - easy ? 1 : 0, agreement: 0,
          nextQuality: $0 < large ? 1 : 0)
      })
  }

  @Test func theMostAccurateIsChosenAndOfEqualsTheSimplest() throws {
    let curves: [PruningMode: ThresholdCurve] = [
      .none: curve(large: 3), .soft: curve(large: 4), .both: curve(large: 4),
    ]
    let choice = try PruningChoice(.bestAccuracy, curves: curves)
    #expect(choice.mode == .soft && choice.point.accuracy == 0.9)
  }

  @Test func aRuleThatSavesQueriesChoosesTheFewest() throws {
    // With the larger part answered by the small model at the same accuracy.
    let curves: [PruningMode: ThresholdCurve] = [.none: curve(large: 5, easy: 4), .hard: curve(large: 3, easy: 6)]
    #expect(try PruningChoice(.accuracyFloor(0.9), curves: curves).mode == .hard)
  }

  @Test func whatCannotSatisfyTheRuleIsLeftOutAndNothingIsChosenWhereNoneCan() throws {
    let curves: [PruningMode: ThresholdCurve] = [.none: curve(large: 1), .soft: curve(large: 5)]
    #expect(try PruningChoice(.accuracyFloor(1), curves: curves).mode == .soft)
    #expect(throws: ThresholdError.self) { try PruningChoice(.accuracyFloor(1), curves: [.none: curve(large: 1)]) }
    #expect(throws: TaskError.self) { try PruningChoice(.bestAccuracy, curves: [:]) }
  }
}

@Suite struct OutOfScopeTests {
  @Test(arguments: [(0.0, Float(0)), (0.05, 0.05), (0.5, 0.5), (1, 0.99)])
  func theThresholdCostsNoMoreThanIsAllowed(part: Double, threshold: Float) {
    let best = (0..<100).map { Float($0) / 100 }.reversed()
    let chosen = OutOfScopeFigures.threshold(losing: part, of: Array(best))
    #expect(abs(chosen - threshold) < 1e-6)
    #expect(OutOfScopeFigures.share(of: Array(best), below: chosen) <= part)
  }

  @Test func withoutHeldOutAnswersNothingIsBelow() {
    #expect(OutOfScopeFigures.threshold(of: []) == 0)
    #expect(OutOfScopeFigures.share(of: [], below: 1) == 0)
  }
}
