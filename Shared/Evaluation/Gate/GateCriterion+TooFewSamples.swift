extension Verdict.Reason.Kind {
  /// There is too little data to judge on.
  public static let tooFewSamples = Self("too_few_samples")
}

extension GateCriterion {
  /// Fewer than `leastSamples` held-out samples tell nothing.
  static let tooFewSamples = GateCriterion(kind: .tooFewSamples) { evidence, rule in
    guard evidence.samples < rule.leastSamples else { return [] }
    return ["\(evidence.samples) held-out samples, at least \(rule.leastSamples) are asked for"]
  }
}
