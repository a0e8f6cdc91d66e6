import Cascade

extension ThresholdRule {
  /// How much accuracy the rule gives away where the large model's answer is the truth, 0 to 1.
  var allowedLoss: Float {
    switch self {
    case .bestAccuracy, .queryBudget: 0
    case .nearBest(let margin): margin
    case .accuracyFloor(let floor): 1 - floor
    case .riskControlled(let error, _): error
    case .parity(let target, _): 1 - target
    }
  }
}
