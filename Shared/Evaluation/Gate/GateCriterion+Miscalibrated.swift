extension Verdict.Reason.Kind {
  /// Confidences would mean less what they say.
  public static let miscalibrated = Self("miscalibrated")
}

extension GateCriterion {
  /// The expected calibration error rises by more than `calibrationMargin`.
  static let miscalibrated = GateCriterion(kind: .miscalibrated) { evidence, rule in
    let (now, then) = (evidence.candidate.calibrationError, evidence.inForce.calibrationError)
    guard now > then + rule.calibrationMargin else { return [] }
    return [
      "calibration error \(now.percent) against \(then.percent) in force; "
        + "at most \(rule.calibrationMargin.points) points are allowed"
    ]
  }
}
