import Cascade

/// Decides whether a candidate may answer, by comparing *cascades* on samples whose label is known.
///
/// It wins with the same accuracy at fewer queries, or with a better one at no more. It is refused for any of:
/// - **Too few samples** to tell anything.
/// - **Less accurate** than the cascade in force, or than no distillation at all: the interval of the paired difference
///   must stay above −`accuracyMargin`, and the difference itself above −`accuracyTolerance`. The second comparison
///   keeps many promotions, each within the margin, from adding up.
/// - **A group worse.** Of 150 labels with 20 samples each, some lose two by chance every time; so a group must both
///   lose more than `groupMargin` and pass a sign test, with Tarone's correction within each kind of group. By that, a
///   candidate that is nowhere worse is refused for chance in at most `groupAlpha` of the rounds a kind, a label of 20
///   samples that loses 8 and gains none is seen, and a region of 1,000 that loses 5 points always is. Groups with
///   fewer than `groupSamples` speak through their region.
/// - **The stream worse**: newest labelled samples that the large model answered, by the same rule as one more group.
///   They were hard for the cascade in force (or audited), so they say nothing about query share.
/// - **Miscalibrated**: the expected calibration error rises by more than `calibrationMargin`.
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
  }

  private let rule: Rule

  /// A gate with these margins.
  public init(_ rule: Rule = Rule()) { self.rule = rule }

  /// Compares the candidate with the cascade in force and with none distilled.
  /// - Parameters:
  ///   - heldOut: labelled samples that no model was trained or calibrated on.
  ///   - stream: newest labelled samples that the large model answered, and that no model was trained on.
  public func judge(_ heldOut: [JudgedSample], stream: [JudgedSample] = []) -> Verdict {
    let figures = Figures(heldOut, bootstrap: rule.bootstrap)
    let objections =
      tooFew(heldOut) + lessAccurate(figures.accuracy, than: "the cascade in force")
      + (figures.isFirst ? [] : lessAccurate(figures.accuracyOverUndistilled, than: "no distillation"))
      + worseGroups(figures.groups, than: "the cascade in force")
      + (figures.isFirst ? [] : worseGroups(figures.groupsOverUndistilled, than: "no distillation"))
      + worseStream(stream) + miscalibrated(figures)
    let wins = wins(figures)
    let reasons = objections.isEmpty ? (wins.isEmpty ? [noWin(figures)] : wins) : objections
    return Verdict(
      decision: objections.isEmpty && !wins.isEmpty ? .promoted : .rejected, reasons: reasons,
      candidate: figures.candidate, inForce: figures.inForce, undistilled: figures.undistilled,
      accuracyDifference: figures.accuracy, queryShareDifference: figures.queryShare, groups: figures.groups)
  }

  // MARK: Objections

  private func tooFew(_ heldOut: [JudgedSample]) -> [Verdict.Reason] {
    guard heldOut.count < rule.leastSamples else { return [] }
    return [
      Verdict.Reason(
        kind: .tooFewSamples, text: "\(heldOut.count) held-out samples, at least \(rule.leastSamples) are asked for")
    ]
  }

  private func lessAccurate(_ difference: Interval, than other: String) -> [Verdict.Reason] {
    guard difference.lower < -rule.accuracyMargin || difference.estimate < -rule.accuracyTolerance else { return [] }
    let text =
      "accuracy against \(other): \(difference.inPoints); allowed is an estimate from "
      + "\((-rule.accuracyTolerance).points) and a lower end from \((-rule.accuracyMargin).points)"
    return [Verdict.Reason(kind: .lessAccurate, text: text)]
  }

  private func worseGroups(_ groups: [GroupComparison], than other: String) -> [Verdict.Reason] {
    SampleGroup.Kind.allCases.flatMap { kind in
      worse(groups.filter { $0.group.kind == kind }).map {
        Verdict.Reason(kind: .groupWorse, text: "\($0.group) is worse than with \(other): \($0.inWords)")
      }
    }
  }

  private func worseStream(_ stream: [JudgedSample]) -> [Verdict.Reason] {
    let comparison = GroupComparison(
      SampleGroup(.category, "stream"), candidate: stream.map(\.candidate), other: stream.map(\.inForce))
    return worse([comparison]).map {
      Verdict.Reason(kind: .streamWorse, text: "newest labelled samples of the stream are worse: \($0.inWords)")
    }
  }

  private func miscalibrated(_ figures: Figures) -> [Verdict.Reason] {
    let (now, then) = (figures.candidate.calibrationError, figures.inForce.calibrationError)
    guard now > then + rule.calibrationMargin else { return [] }
    let text =
      "calibration error \(now.percent) against \(then.percent) in force; "
      + "at most \(rule.calibrationMargin.points) points are allowed"
    return [Verdict.Reason(kind: .miscalibrated, text: text)]
  }

  /// The groups of one kind that are worse beyond the margin, and not by chance.
  private func worse(_ groups: [GroupComparison]) -> [GroupComparison] {
    let large = groups.filter { $0.samples >= rule.groupSamples }
    let tests = large.map { SignTest(losses: $0.losses, gains: $0.gains) }
    return SignTest.significant(tests, alpha: rule.groupAlpha).map { large[$0] }.filter { $0.drop > rule.groupMargin }
  }

  // MARK: Wins

  private func wins(_ figures: Figures) -> [Verdict.Reason] {
    var wins: [Verdict.Reason] = []
    if figures.queryShare.upper < 0 {
      wins.append(Verdict.Reason(kind: .fewerQueries, text: figures.queriesInWords))
    }
    if figures.accuracy.lower > 0, rule.mayAskMore || figures.queryShare.estimate <= 0 {
      wins.append(Verdict.Reason(kind: .moreAccurate, text: figures.accuracyInWords))
    }
    return wins
  }

  private func noWin(_ figures: Figures) -> Verdict.Reason {
    Verdict.Reason(
      kind: .noWin,
      text: "neither surely more accurate at no more queries nor surely fewer queries: \(figures.accuracyInWords), "
        + figures.queriesInWords)
  }
}

extension GroupComparison {
  fileprivate var inWords: String {
    "\(accuracy.percent) against \(otherAccuracy.percent) of \(samples) samples, \(losses) became wrong and \(gains) right"
  }
}

extension Interval {
  /// Such as `+1.2 points (+0.4 to +2.0)`.
  fileprivate var inPoints: String { "\(estimate.points) points (\(lower.points) to \(upper.points))" }
}

/// The figures that the gate judges by.
private struct Figures {
  let candidate, inForce, undistilled: CascadeMetrics
  let accuracy, accuracyOverUndistilled, queryShare: Interval
  let groups, groupsOverUndistilled: [GroupComparison]
  /// Whether nothing distilled answers yet.
  let isFirst: Bool

  init(_ samples: [JudgedSample], bootstrap: Bootstrap) {
    candidate = CascadeMetrics(samples.map(\.candidate), bootstrap: bootstrap)
    inForce = CascadeMetrics(samples.map(\.inForce), bootstrap: bootstrap)
    undistilled = CascadeMetrics(samples.map(\.undistilled), bootstrap: bootstrap)
    isFirst = samples.allSatisfy { $0.inForce == $0.undistilled }
    let right = samples.map { Float($0.candidate.isRight ? 1 : 0) }
    accuracy = bootstrap.meanDifference(right, samples.map { $0.inForce.isRight ? 1 : 0 })
    accuracyOverUndistilled =
      isFirst ? accuracy : bootstrap.meanDifference(right, samples.map { $0.undistilled.isRight ? 1 : 0 })
    queryShare = bootstrap.meanDifference(
      samples.map { $0.candidate.asksLarge ? 1 : 0 }, samples.map { $0.inForce.asksLarge ? 1 : 0 })
    groups = Self.groups(samples, \.inForce)
    groupsOverUndistilled = isFirst ? groups : Self.groups(samples, \.undistilled)
  }

  var accuracyInWords: String {
    "accuracy \(candidate.accuracy.estimate.percent) against \(inForce.accuracy.estimate.percent), \(accuracy.inPoints)"
  }

  var queriesInWords: String {
    "query share \(candidate.queryShare.percent) against \(inForce.queryShare.percent), \(queryShare.inPoints)"
  }

  /// All groups of the samples, by kind and name.
  private static func groups(
    _ samples: [JudgedSample], _ other: KeyPath<JudgedSample, CascadeOutcome>
  ) -> [GroupComparison] {
    var members: [SampleGroup: [JudgedSample]] = [:]
    for sample in samples {
      for group in sample.groups { members[group, default: []].append(sample) }
    }
    return members.sorted { ($0.key.kind.rawValue, $0.key.name) < ($1.key.kind.rawValue, $1.key.name) }.map {
      GroupComparison($0, candidate: $1.map(\.candidate), other: $1.map { $0[keyPath: other] })
    }
  }
}
