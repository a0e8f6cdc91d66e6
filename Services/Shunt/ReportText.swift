import Evaluation
import Cascade
import Classification
import Experiments
import Foundation
import Terminal

/// An experiment's figures as tables and curves.
struct ReportText: CustomStringConvertible {
  let report: ExperimentReport

  /// One small model after the other, then all side by side.
  var description: String {
    let parts = report.all.map(Self.text)
    guard report.all.count > 1 else { return parts.joined() }
    let comparison = SmallModelComparison(report)
    let tables = [comparison.overall, comparison.byCategory].compactMap(\.self)
    return (parts + tables.map { "\(Table($0.header, rows: $0.rows))" }).joined(separator: "\n")
  }

  private static func text(_ report: ExperimentReport) -> String {
    let figures = ShuntScoring.Figures(
      small: report.small, intermediate: report.intermediate, large: report.large, shunt: report.shunt)
    var text = "\(report.name), seed \(report.seed): \(counts(report))\n\n\(FiguresText.overall(figures))"
    if report.prompt.count > 1 { text += "\nby pruning of the prompt\n\(byPruning(report))" }
    if let regions = report.shunt.regions { text += "\nby region\n\(FiguresText.groups(regions))" }
    if report.others == nil, let table = SmallModelComparison(report).byCategory {
      text += "\n\(Table(table.header, rows: table.rows))"
    }
    if let outOfScope = report.outOfScope { text += "\n\(Self.text(outOfScope))" }
    if let distilled = report.distilled { text += "\n\(Self.text(distilled))" }
    if let ablation = report.ablation { text += "\n\(Self.text(ablation))" }
    text += "\naccuracy by query share, on the held-out rows\n\(LineChart.render([curveSeries(report.curve)]))"
    return text
  }

  private static func text(_ figures: OutOfScopeFigures) -> String {
    let threshold = String(format: "%.3f", figures.threshold)
    var table = Table("\(NumberText.count(figures.count)) out-of-scope texts", "")
    table.add("answered by the small model", percent(figures.easyShare))
    table.add("of the large model's answers, none of these (best below \(threshold))", percent(figures.belowThreshold))
    table.add("of its answers in scope, none of these", percent(figures.inScopeBelowThreshold))
    return table.description
  }

  private static func text(_ distilled: DistilledFigures) -> String {
    var table = Table("streamed", "query share", "round")
    for round in distilled.history {
      table.add(NumberText.count(round.samples), percent(round.queryShare), round.outcome)
    }
    table.add("test", percent(distilled.queryShare), "")
    let shares = (distilled.history.map(\.queryShare) + [distilled.queryShare])
    var text = "after \(distilled.rounds) rounds of distillation on the running system: accuracy "
    text += "\(percent(distilled.accuracy)) at \(percent(distilled.queryShare)) queries\n\n\(table)"
    text += "query share over time  \(LineChart.sparkline(shares))\n"
    if let regions = distilled.regions { text += "\n\(FiguresText.groups(regions))" }
    return text
  }

  private static func text(_ ablation: [AblationFigures]) -> String {
    let regions = RegionColumns(ablation.map(\.regions))
    var table = Table(["distillation", "accuracy", "query share"] + regions.names + ["gate"])
    for row in ablation {
      let gate = row.verdict.map { String($0.prefix { $0 != ":" }) } ?? ""
      table.add([row.name, percent(row.accuracy), percent(row.queryShare)] + regions.cells(row.regions) + [gate])
    }
    let verdicts = ablation.compactMap { row in row.verdict.map { "\(row.name): \($0)\n" } }
    return "\(table)\n\(verdicts.joined())"
  }

  private static func counts(_ report: ExperimentReport) -> String {
    report.counts.sorted { $0.key < $1.key }.filter { $0.value > 0 }
      .map { "\(NumberText.count($0.value)) \($0.key.replacing("_", with: "-"))" }.joined(separator: ", ")
  }

  private static func byPruning(_ report: ExperimentReport) -> String {
    let regions = RegionColumns(report.prompt.values.map(\.regions))
    var table = Table(["", "accuracy", "query share"] + regions.names)
    for mode in PruningMode.allCases {
      guard let score = report.prompt[mode.rawValue] else { continue }
      table.add([mode.rawValue, percent(score.accuracy), percent(score.queryShare)] + regions.cells(score.regions))
    }
    return table.description
  }
}

/// Figures as tables.
enum FiguresText {
  static func overall(_ figures: ShuntScoring.Figures) -> String {
    var table = Table("", "accuracy", "query share", "threshold")
    table.add("small", percent(figures.small.accuracy), percent(0), "")
    if let intermediate = figures.intermediate {
      table.add("intermediate", percent(intermediate.accuracy), percent(0), "")
    }
    table.add("large", percent(figures.large.accuracy), percent(1), "")
    table.add(
      "shunt", percent(figures.shunt.accuracy), percent(figures.shunt.queryShare),
      String(format: "%.3f", figures.shunt.threshold))
    return table.description
  }

  static func groups(_ scores: [String: Score]) -> String {
    var table = Table("", "samples", "accuracy", "query share")
    for (name, score) in scores.sorted(by: { $0.key < $1.key }) {
      table.add(name, NumberText.count(score.count), percent(score.accuracy), percent(score.queryShare))
    }
    return table.description
  }
}

/// A curve of accuracy by query share.
func curveSeries(_ points: [ThresholdCurve.Point]) -> Series {
  Series("shunt", points.map { (x: Double($0.queryShare), y: Double($0.accuracy)) })
}

/// A share as people read it: `78.2 %`.
func percent(_ share: Double) -> String { NumberText.percent(share) }
