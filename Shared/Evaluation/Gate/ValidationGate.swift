import Cascade

/// Decides whether a candidate may answer, by comparing *cascades* on samples whose truth is known.
///
/// It wins with the same accuracy at fewer queries, or with a better one at no more, and is refused for any objection:
/// `GateCriterion` lists both.
public struct ValidationGate: Sendable {
  /// The gate's margins.
  public struct Rule: Sendable, Equatable {
    /// Fewer held-out samples than this are too few; from 1.
    public var leastSamples = 200
    /// How far the lower end of the interval of the accuracy difference may lie below 0.
    public var accuracyMargin = 0.02
    /// How far the accuracy difference itself may lie below 0.
    public var accuracyTolerance = 0.005
    /// Fewer samples than this in a group are too few to judge it by itself; from 1.
    public var groupSamples = 20
    /// The part of a group's accuracy that it may lose.
    public var groupMargin = 0.05
    /// The probability of refusing for chance, a kind of group.
    public var groupAlpha = 0.05
    /// How far the expected calibration error may rise.
    public var calibrationMargin = 0.03
    /// Whether a better accuracy may be bought with queries, as where a threshold is chosen anew.
    public var mayAskMore = false
    /// How intervals are drawn.
    public var bootstrap = Bootstrap()

    /// The margins above.
    public init() {}

    /// The same margins beyond what a threshold's rule gives away on purpose, 0 to 1; a group may lose twice that.
    public func allowing(_ loss: Double) -> Rule {
      var rule = self
      rule.accuracyTolerance += loss
      rule.accuracyMargin += loss
      rule.groupMargin += 2 * loss
      return rule
    }
  }

  private let rule: Rule

  /// A gate with these margins.
  public init(_ rule: Rule = Rule()) { self.rule = rule }

  /// Compares the candidate with the cascade in force and with none distilled.
  /// - Parameters:
  ///   - heldOut: labelled samples that no model was trained or calibrated on.
  ///   - stream: newest labelled samples that the large model answered, and that no model was trained on.
  public func judge(_ heldOut: [JudgedSample], stream: [JudgedSample] = []) -> Verdict {
    let evidence = GateEvidence(heldOut, stream: stream, bootstrap: rule.bootstrap)
    return verdict(
      evidence, objections: GateCriterion.objections.reasons(evidence, rule),
      wins: GateCriterion.wins.reasons(evidence, rule))
  }

  /// Judges a task's first small model against the large one, which answers everything so far. What accuracy it may cost
  /// its threshold's rule has said; so it is refused only where too few samples tell, or where it saves too little.
  /// - Parameters:
  ///   - heldOut: samples that it was not trained on.
  ///   - leastShare: of the samples it must answer so many by itself, 0 to 1.
  public func judgeFirst(_ heldOut: [JudgedSample], leastShare: Double) -> Verdict {
    let evidence = GateEvidence(heldOut, stream: [], bootstrap: rule.bootstrap)
    return verdict(
      evidence,
      objections: [.tooFewSamples, .savesTooLittle(leastShare: leastShare)].reasons(evidence, rule),
      wins: [Verdict.Reason(kind: .fewerQueries, text: evidence.queriesInWords)])
  }

  private func verdict(
    _ evidence: GateEvidence, objections: [Verdict.Reason], wins: [Verdict.Reason]
  ) -> Verdict {
    Verdict(
      decision: objections.isEmpty && !wins.isEmpty ? .promoted : .rejected,
      reasons: objections.isEmpty ? (wins.isEmpty ? [noWin(evidence)] : wins) : objections,
      quality: evidence.quality, candidate: evidence.candidate, inForce: evidence.inForce,
      undistilled: evidence.undistilled,
      accuracyDifference: evidence.accuracy, queryShareDifference: evidence.queryShare, groups: evidence.groups)
  }

  private func noWin(_ evidence: GateEvidence) -> Verdict.Reason {
    Verdict.Reason(
      kind: .noWin,
      text: "neither surely \(evidence.quality.better) at no more queries nor surely fewer queries: "
        + "\(evidence.accuracyInWords), "
        + evidence.queriesInWords)
  }
}
