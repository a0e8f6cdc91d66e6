import Cascade
import Classification
import Evaluation
import Terminal

/// What `shunt calibrate` and `shunt train` show of thresholds.
enum ThresholdTables {
  /// Shares of queries whose price is shown beside what a rule chose.
  private static let budgets: [Float] = [0.1, 0.2, 0.3]

  /// The chosen point, with what other amounts of queries would give.
  static func prices(_ curve: ThresholdCurve, chosen: ThresholdCurve.Point, alone: ShuntScoring.Figures) -> String {
    var table = Table("", "query share", "accuracy", "threshold")
    func add(_ name: String, _ point: ThresholdCurve.Point) {
      table.add(
        name, percent(Double(point.queryShare)), percent(Double(point.accuracy)),
        NumberText.fixed(Double(point.threshold), decimals: 4))
    }
    table.add("small model alone", percent(0), percent(alone.small.accuracy))
    for budget in budgets {
      // A curve whose next step is wider than the budget has no point within it.
      guard let point = try? ThresholdRule.queryBudget(budget).choose(from: curve) else { continue }
      add("at most \(percent(Double(budget)))", point)
    }
    add("chosen", chosen)
    table.add("large model alone", percent(1), percent(alone.large.accuracy))
    return table.description + (warning(alone).map { "\n\($0)\n" } ?? "")
  }

  /// Said where the large model is no help but in what the small one is unsure of.
  static func warning(_ alone: ShuntScoring.Figures) -> String? {
    guard alone.large.accuracy < alone.small.accuracy else { return nil }
    return """
      The large model is the weaker one: it is right on \(percent(alone.large.accuracy)) of the held-out rows, the small \
      one on \(percent(alone.small.accuracy)). What it teaches may make the small model worse; look at its prompt and at \
      task.descriptions.
      """
  }

  /// What a small model answers by itself at some query shares, before a large model was asked.
  static func surest(_ curve: ThresholdCurve) -> String {
    var table = Table("query share", "answered by the small model", "wrong of these")
    for budget in budgets {
      // Points run from all queries to none.
      guard let point = curve.points.first(where: { $0.queryShare <= budget }) else { continue }
      table.add(
        percent(Double(point.queryShare)), percent(1 - Double(point.queryShare)), amongEasy(point.easyErrors, point))
    }
    return table.description
  }

  /// What each pruning gives by the rule.
  static func prunings(_ choice: ShuntChoice) -> String {
    var table = Table("pruning", "threshold", "accuracy", "query share", "")
    for mode in PruningMode.allCases {
      guard let curve = choice.curves[mode] else { continue }
      do {
        let point = try choice.rule.choose(from: curve)
        table.add(
          mode.rawValue, NumberText.fixed(Double(point.threshold), decimals: 4), percent(Double(point.accuracy)),
          percent(Double(point.queryShare)), mode == choice.mode ? "chosen" : "")
      } catch { table.add(mode.rawValue, "", "", "", error.description) }
    }
    return table.description
  }

  /// The curve at some thresholds.
  /// - Parameter quality: what the mean quality is called.
  static func curve(
    _ curve: ThresholdCurve, chosen: ThresholdCurve.Point, quality: String = "accuracy"
  ) -> String {
    var table = Table("threshold", quality, "query share", "error among easy", "unlike the large model", "")
    for point in curve.thinned(to: 11).filter({ $0 != chosen }) + [chosen] {
      table.add(
        NumberText.fixed(Double(point.threshold), decimals: 4), percent(Double(point.accuracy)),
        percent(Double(point.queryShare)), amongEasy(point.easyErrors, point),
        amongEasy(point.easyDisagreements, point),
        point == chosen ? "chosen" : "")
    }
    return table.description
  }

  private static func amongEasy(_ count: Double?, _ point: ThresholdCurve.Point) -> String {
    count.map { point.easyCount > 0 ? percent($0 / Double(point.easyCount)) : "" } ?? ""
  }
}
