import Cascade
import Settings

extension ThresholdRule {
  /// The rules' names in settings.
  public enum Name: String, Sendable, CaseIterable {
    /// The fewest queries near the highest accuracy.
    case nearBest = "near_best"
    /// The highest accuracy.
    case bestAccuracy = "best_accuracy"
    /// The highest accuracy within a share of queries.
    case queryBudget = "query_budget"
    /// The fewest queries above an accuracy.
    case accuracyFloor = "accuracy_floor"
    /// A bound on the easy answers' errors.
    case riskControlled = "risk_controlled"
    /// A bound on how many easy answers are not the large model's.
    case parity
  }

  /// Reads a section `threshold`: `rule`, and the numbers that the rules take.
  /// - Parameter rule: which one it is where none is named.
  public init(_ reader: SettingsReader, default rule: Name) {
    var (margin, budget, floor): (Float, Float, Float) = (0.01, 0.3, 0.9)
    var (error, alpha, target, confidence): (Float, Float, Float, Float) = (0.05, 0.05, 0.95, 0.95)
    var name = rule
    reader.read("rule", &name, .choice, help: "What δ is chosen for, on held-out data.")
    reader.read(
      "margin", &margin, .number(in: 0...0.5),
      help: "`near_best`: the fewest queries with at most this less than the highest accuracy.")
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
      case .nearBest: .nearBest(margin: margin)
      case .bestAccuracy: .bestAccuracy
      case .queryBudget: .queryBudget(budget)
      case .accuracyFloor: .accuracyFloor(floor)
      case .riskControlled: .riskControlled(error: error, alpha: alpha)
      case .parity: .parity(target: target, confidence: confidence)
      }
  }
}
