import Cascade

extension Verdict.Reason.Kind {
  /// The cascade would be less accurate.
  public static let lessAccurate = Self("less_accurate")
}

extension GateCriterion {
  /// Less accurate than the cascade in force, or than no distillation at all: the interval of the paired difference must
  /// stay above −`accuracyMargin`, and the difference itself above −`accuracyTolerance`. The second comparison keeps many
  /// promotions, each within the margin, from adding up.
  static let lessAccurate = GateCriterion(kind: .lessAccurate) { evidence, rule in
    let differences =
      [(evidence.accuracy, "the cascade in force")]
      + (evidence.isFirst ? [] : [(evidence.accuracyOverUndistilled, "no distillation")])
    return differences.compactMap { difference, other in
      guard difference.lower < -rule.accuracyMargin || difference.estimate < -rule.accuracyTolerance else { return nil }
      return "\(evidence.quality.name) against \(other): \(difference.inPoints); allowed is an estimate from "
        + "\((-rule.accuracyTolerance).points) and a lower end from \((-rule.accuracyMargin).points)"
    }
  }
}
