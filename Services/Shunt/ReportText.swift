import Experiments
import Foundation
import Terminal

/// An experiment's figures as tables and curves.
struct ReportText: CustomStringConvertible {
  let report: ExperimentReport

  var description: String {
    var text = "\(report.name), seed \(report.seed): \(counts)\n\n\(overall)"
    if report.prompt.count > 1 { text += "\nby pruning of the prompt\n\(byPruning)" }
    if let regions = report.shunt.regions { text += "\nby region\n\(table(regions))" }
    if let categories = report.shunt.categories { text += "\nby category\n\(table(categories))" }
    text += "\naccuracy by query share, on the held-out rows\n\(LineChart.render([curve]))"
    return text
  }

  /// The curve as an SVG picture.
  var picture: String {
    SVGLineChart(
      title: "\(report.name): the shunt at every threshold", xLabel: "query share", yLabel: "accuracy", series: [curve]
    ).render()
  }

  private var counts: String {
    report.counts.sorted { $0.key < $1.key }.filter { $0.value > 0 }
      .map { "\($0.value) \($0.key.replacing("_", with: "-"))" }.joined(separator: ", ")
  }

  private var overall: String {
    var table = Table("", "accuracy", "query share", "threshold")
    table.add("small", percent(report.small.accuracy), percent(0), "")
    table.add("large", percent(report.large.accuracy), percent(1), "")
    table.add(
      "shunt", percent(report.shunt.accuracy), percent(report.shunt.queryShare),
      String(format: "%.3f", report.shunt.threshold))
    return table.description
  }

  private var byPruning: String {
    let names = report.shunt.regions.map { $0.keys.sorted() } ?? []
    var table = Table("", "accuracy", "query share")
    if names == ["head", "medium", "tail"] { table = Table("", "accuracy", "query share", "head", "medium", "tail") }
    for mode in ["none", "soft", "hard", "both"] {
      guard let score = report.prompt[mode] else { continue }
      let regions = names.map { percent(score.regions?[$0]?.accuracy ?? 0) }
      table.add([mode, percent(score.accuracy), percent(score.queryShare)] + regions)
    }
    return table.description
  }

  private func table(_ scores: [String: Score]) -> String {
    var table = Table("", "samples", "accuracy", "query share")
    for (name, score) in scores.sorted(by: { $0.key < $1.key }) {
      table.add(name, "\(score.count)", percent(score.accuracy), percent(score.queryShare))
    }
    return table.description
  }

  private var curve: Series {
    Series("shunt", report.curve.map { (x: Double($0.queryShare), y: Double($0.accuracy)) })
  }
}

/// A share as people read it: `78.2 %`.
func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
