extension Verdict.Reason.Kind {
  /// It would answer too few samples by itself.
  public static let savesTooLittle = Self("saves_too_little")
}

extension GateCriterion {
  /// A first small model that answers less than `leastShare` of the samples by itself.
  static func savesTooLittle(leastShare: Double) -> GateCriterion {
    GateCriterion(kind: .savesTooLittle) { evidence, _ in
      let share = 1 - evidence.candidate.queryShare
      guard share < leastShare else { return [] }
      return [
        "it would answer \(share.percent) of the samples by itself, and at least \(leastShare.percent) make it worth it"
      ]
    }
  }
}
