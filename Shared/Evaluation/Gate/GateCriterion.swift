/// One thing that the gate looks at. Another one is a file beside this, and a line in one of the two lists.
struct GateCriterion: Sendable {
  /// Its name, as verdicts and rounds have it.
  let kind: Verdict.Reason.Kind
  /// What it finds of a candidate, each in words with its numbers.
  let findings: @Sendable (GateEvidence, ValidationGate.Rule) -> [String]

  /// A single finding refuses the candidate.
  static let objections: [GateCriterion] = [.tooFewSamples, .lessAccurate, .groupWorse, .streamWorse, .miscalibrated]

  /// Without any finding the candidate is refused, too: what wins nothing is not worth a change.
  static let wins: [GateCriterion] = [.fewerQueries, .moreAccurate]
}

extension [GateCriterion] {
  /// The findings of all, in order.
  func reasons(_ evidence: GateEvidence, _ rule: ValidationGate.Rule) -> [Verdict.Reason] {
    flatMap { criterion in
      criterion.findings(evidence, rule).map { Verdict.Reason(kind: criterion.kind, text: $0) }
    }
  }
}
