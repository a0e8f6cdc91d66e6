import Cascade
import Settings

extension ThresholdRule {
  private enum Name: String, CaseIterable {
    case bestAccuracy = "best_accuracy"
    case queryBudget = "query_budget"
    case accuracyFloor = "accuracy_floor"
    case riskControlled = "risk_controlled"
    case parity
  }

  /// Reads a section `threshold`: `rule`, and the numbers that the rules take.
  public init(_ reader: SettingsReader) {
    var (budget, floor, error, alpha): (Float, Float, Float, Float) = (0.3, 0.9, 0.05, 0.05)
    var (target, confidence): (Float, Float) = (0.95, 0.95)
    var name = Name.bestAccuracy
    reader.read("rule", &name, .choice, help: "What δ is chosen for, on held-out data.")
    reader.read(
      "query_budget", &budget, .number(in: 0...1),
      help: "`query_budget`: the highest accuracy with at most this share of queries.")
    reader.read(
      "accuracy_floor", &floor, .number(in: 0...1),
      help: "`accuracy_floor`: the fewest queries with at least this accuracy.")
    reader.read(
      "error", &error, .number(in: 0.0001...0.9999),
      help: "`risk_controlled`: at most this share of the easy answers is wrong …")
    reader.read("alpha", &alpha, .number(in: 0.0001...0.5), help: "… with a confidence of 1 − this.")
    reader.read(
      "target", &target, .number(in: 0.5...0.9999),
      help: "`parity`: at least this share of the easy answers is what the large model would have said …")
    reader.read("confidence", &confidence, .number(in: 0.5...0.9999), help: "… with this confidence.")
    self =
      switch name {
      case .bestAccuracy: .bestAccuracy
      case .queryBudget: .queryBudget(budget)
      case .accuracyFloor: .accuracyFloor(floor)
      case .riskControlled: .riskControlled(error: error, alpha: alpha)
      case .parity: .parity(target: target, confidence: confidence)
      }
  }
}
