extension Verdict.Reason.Kind {
  /// Newest labelled samples of the stream would be answered worse.
  public static let streamWorse = Self("stream_worse")
}

extension GateCriterion {
  /// The stream worse: newest labelled samples that the large model answered, by the same rule as one more group. They
  /// were hard for the cascade in force (or audited), so they say nothing about query share.
  static let streamWorse = GateCriterion(kind: .streamWorse) { evidence, rule in
    [evidence.stream].worse(rule).map { "newest labelled samples of the stream are worse: \($0.inWords)" }
  }
}
