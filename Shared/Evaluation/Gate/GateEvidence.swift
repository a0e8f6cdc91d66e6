import Cascade

/// The figures that the gate judges by: the cascade with the candidate, the one in force, and none distilled, on the same
/// samples.
struct GateEvidence: Sendable {
  /// What is compared.
  let quality: CorpusQuality
  /// How many labelled samples there are.
  let samples: Int
  let candidate, inForce, undistilled: CascadeMetrics
  /// The candidate's accuracy, or BLEU, less another's, paired.
  let accuracy, accuracyOverUndistilled: Interval
  /// The candidate's query share less that in force, paired.
  let queryShare: Interval
  /// By group, against the cascade in force, and against none distilled.
  let groups, groupsOverUndistilled: [GroupComparison]
  /// The newest labelled samples of the stream, against the cascade in force.
  let stream: GroupComparison
  /// Whether nothing distilled answers yet, so that the cascade in force is none distilled.
  let isFirst: Bool

  init(_ heldOut: [JudgedSample], stream: [JudgedSample], bootstrap: Bootstrap) {
    samples = heldOut.count
    let quality = CorpusQuality(of: heldOut)
    self.quality = quality
    func metrics(_ outcomes: [CascadeOutcome]) -> CascadeMetrics {
      CascadeMetrics(outcomes, by: quality, bootstrap: bootstrap)
    }
    candidate = metrics(heldOut.map(\.candidate))
    inForce = metrics(heldOut.map(\.inForce))
    undistilled = metrics(heldOut.map(\.undistilled))
    isFirst = heldOut.allSatisfy { $0.inForce == $0.undistilled }
    accuracy = quality.difference(heldOut.map(\.candidate), heldOut.map(\.inForce), bootstrap)
    accuracyOverUndistilled =
      isFirst
      ? accuracy : quality.difference(heldOut.map(\.candidate), heldOut.map(\.undistilled), bootstrap)
    queryShare = bootstrap.meanDifference(
      heldOut.map { $0.candidate.asksLarge ? 1 : 0 }, heldOut.map { $0.inForce.asksLarge ? 1 : 0 })
    groups = Self.groups(heldOut, \.inForce)
    groupsOverUndistilled = isFirst ? groups : Self.groups(heldOut, \.undistilled)
    self.stream = GroupComparison(
      SampleGroup(.category, "stream"), candidate: stream.map(\.candidate), other: stream.map(\.inForce))
  }

  var accuracyInWords: String {
    "\(quality.name) \(candidate.accuracy.estimate.percent) against \(inForce.accuracy.estimate.percent), "
      + accuracy.inPoints
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

extension Interval {
  /// Such as `+1.2 points (+0.4 to +2.0)`.
  var inPoints: String { "\(estimate.points) points (\(lower.points) to \(upper.points))" }
}
