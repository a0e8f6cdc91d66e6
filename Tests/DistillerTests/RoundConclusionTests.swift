import Evaluation
import ModelStore
import Testing

@testable import Distiller

@Suite struct RoundConclusionTests {
  /// What becomes of a candidate under each circumstance; the first column is whether the gate lets it through.
  @Test(arguments: [
    (true, true, false, false, ModelState.active, RoundOutcome.promoted, "more_accurate"),
    (true, true, false, true, .shadow, .shadowed, "more_accurate"),
    (false, true, false, true, .rejected, .rejected, "less_accurate"),
    (true, false, false, false, .rejected, .rejected, "versions_changed"),
    (true, true, true, true, .rejected, .rejected, "unloadable"),
  ])
  func decides(
    isWin: Bool, isAsJudged: Bool, hasFault: Bool, hasShadow: Bool, state: ModelState, outcome: RoundOutcome,
    first: String
  ) throws {
    let conclusion = RoundConclusion(
      try Self.verdict(isWin), thresholdFailure: nil, isAsJudged: isAsJudged, fault: hasFault ? "broken" : nil,
      withoutLearnable: nil, hasShadow: hasShadow)
    #expect(conclusion.state == state && conclusion.outcome == outcome)
    #expect(conclusion.findings.first?.kind == first, "\(conclusion.findings)")
    #expect(conclusion.findings.allSatisfy { conclusion.reasons.contains($0.text) })
  }

  @Test func saysWhatElseIsToBeKnown() throws {
    let conclusion = RoundConclusion(
      try Self.verdict(true), thresholdFailure: "no threshold", isAsJudged: true, fault: nil,
      withoutLearnable: "S2 cannot be loaded", hasShadow: false)
    #expect(conclusion.findings.map(\.kind).prefix(2) == ["without_learnable", "no_threshold"])
    #expect(conclusion.reasons.hasPrefix("S2 cannot be loaded; no threshold; promoted: "))
  }

  /// The gate's own verdict on 400 samples.
  private static func verdict(_ isWin: Bool) throws -> Verdict {
    let samples = (0..<400).map { index in
      let before = CascadeOutcome(quality: index % 4 == 0 ? 0 : 1, asksLarge: index % 2 == 0, confidence: nil)
      let after = CascadeOutcome(
        quality: isWin ? 1 : index % 3 == 0 ? 0 : 1, asksLarge: index % 2 == 0, confidence: nil)
      return JudgedSample(groups: [], candidate: after, inForce: before, undistilled: before)
    }
    return ValidationGate().judge(samples)
  }
}
