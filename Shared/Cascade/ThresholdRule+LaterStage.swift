extension ThresholdRule {
  /// The rule for a stage that sees only what the stage before it passes on, such that the whole cascade keeps it.
  ///
  /// A query budget, an accuracy floor and a margin below the best are the whole cascade's: of 1,000 samples of which 400 are passed on, a budget
  /// of 10 % is 25 % of those 400. A bound on the error among easy answers holds for each stage by itself.
  /// - Parameters:
  ///   - passedOn: how many samples the stage sees.
  ///   - total: how many samples there are.
  ///   - qualityBefore: how good the answers of the stages before are, summed: for labels how many are right.
  public func forLaterStage(passedOn: Int, of total: Int, qualityBefore: Float) -> ThresholdRule {
    guard passedOn > 0, passedOn < total else { return self }
    switch self {
    case .bestAccuracy, .riskControlled, .parity: return self
    case .nearBest(let margin): return .nearBest(margin: margin * Float(total) / Float(passedOn))
    case .queryBudget(let budget): return .queryBudget(min(1, budget * Float(total) / Float(passedOn)))
    case .accuracyFloor(let floor):
      return .accuracyFloor(max(0, (floor * Float(total) - qualityBefore) / Float(passedOn)))
    }
  }
}
