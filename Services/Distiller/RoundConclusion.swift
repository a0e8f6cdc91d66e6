import Evaluation
import ModelStore

/// What becomes of a judged candidate, and why.
struct RoundConclusion: Sendable, Equatable {
  /// Where its version goes.
  let state: ModelState
  /// What the round came to.
  let outcome: RoundOutcome
  /// Everything that speaks for or against it, in words and numbers.
  let findings: [RoundFinding]
  /// The same in one text.
  let reasons: String

  /// - Parameters:
  ///   - thresholdFailure: why no δ satisfies the rule; `nil` where one does.
  ///   - isAsJudged: whether the versions in force are those that it was judged against.
  ///   - fault: why what was stored cannot be loaded; `nil` where it can.
  ///   - withoutLearnable: why the S2 in force took no part; `nil` where it did, or where there is none.
  ///   - hasShadow: whether what the gate lets through answers as a shadow first.
  init(
    _ verdict: Verdict, thresholdFailure: String?, isAsJudged: Bool, fault: String?, withoutLearnable: String?,
    hasShadow: Bool
  ) {
    let isRefused = verdict.decision == .rejected || !isAsJudged || fault != nil
    (state, outcome) =
      isRefused ? (.rejected, .rejected) : hasShadow ? (.shadow, .shadowed) : (.active, .promoted)
    let circumstances = [
      ("versions_changed", isAsJudged ? nil : Self.changed),
      ("unloadable", fault.map { "what was stored cannot be loaded: \($0)" }),
      ("without_learnable", withoutLearnable), ("no_threshold", thresholdFailure),
    ].compactMap { kind, text in text.map { RoundFinding(kind: kind, text: $0) } }
    findings =
      circumstances + verdict.reasons.map { RoundFinding(kind: $0.kind.name, text: $0.text) }
    reasons = (circumstances.map(\.text) + [verdict.summary]).joined(separator: "; ")
  }

  private static let changed =
    "the versions in force changed during the round; the next round judges against the new ones"
}
