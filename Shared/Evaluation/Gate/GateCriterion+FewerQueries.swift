extension Verdict.Reason.Kind {
  /// As accurate at fewer queries.
  public static let fewerQueries = Self("fewer_queries")
}

extension GateCriterion {
  /// Surely fewer queries.
  static let fewerQueries = GateCriterion(kind: .fewerQueries) { evidence, _ in
    evidence.queryShare.upper < 0 ? [evidence.queriesInWords] : []
  }
}
