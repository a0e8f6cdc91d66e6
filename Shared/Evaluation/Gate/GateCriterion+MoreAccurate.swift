extension Verdict.Reason.Kind {
  /// More accurate at no more queries.
  public static let moreAccurate = Self("more_accurate")
}

extension GateCriterion {
  /// Surely more accurate, at no more queries unless the rule lets accuracy be bought with them.
  static let moreAccurate = GateCriterion(kind: .moreAccurate) { evidence, rule in
    evidence.accuracy.lower > 0 && (rule.mayAskMore || evidence.queryShare.estimate <= 0)
      ? [evidence.accuracyInWords] : []
  }
}
