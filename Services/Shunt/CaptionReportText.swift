import Cascade
import Evaluation
import Experiments
import Foundation
import Terminal

/// The figures of an experiment whose replies are captions, as tables and a curve.
struct CaptionReportText: CustomStringConvertible {
  let report: CaptionReport

  /// What the paper has for ResNet-101 with an LSTM, BLIP-2, and both, on pictures of its own.
  private static let paper: [(name: String, bleu: Double, queryShare: Double)] = [
    ("small", 0.5003, 0), ("large", 0.5410, 1), ("shunt", 0.5452, 0.6536),
  ]

  var description: String {
    """
    \(report.name), seed \(report.seed), δ \(String(format: "%.4f", report.threshold))

    \(Table(quality.header, rows: quality.rows))\(rounds)
    \(ranking)

    mean sentence BLEU by query share, on the held-out pictures
    \(LineChart.render([curveSeries(report.curve)]))
    """
  }

  /// The mean sentence BLEU by query share, as SVG.
  var picture: String {
    SVGLineChart(
      title: "\(report.name): the shunt at every threshold", xLabel: "query share", yLabel: "mean sentence BLEU",
      series: [curveSeries(report.curve)]
    ).render()
  }

  /// The rounds of distillation on the running system, where there were any.
  private var rounds: String {
    guard let rounds = report.rounds else { return "" }
    var table = Table("streamed", "query share", "round")
    for round in rounds { table.add(NumberText.count(round.samples), percent(round.queryShare), round.outcome) }
    return "\n\(table)"
  }

  /// Quality and queries of each, beside the paper's.
  var quality: (header: [String], rows: [[String]]) {
    let all =
      [("small", report.small), ("large", report.large)] + (report.prompted.map { [("prompted", $0)] } ?? [])
      + [("shunt", report.shunt)] + (report.distilled.map { [("distilled", $0)] } ?? [])
    let rows = all.map { name, figures in
      let paper = Self.paper.first { $0.name == name }
      return [name] + CaptionFiguresText.cells(figures)
        + [paper.map { CaptionFiguresText.points($0.bleu) } ?? "", paper.map { percent($0.queryShare) } ?? ""]
    }
    return ([""] + CaptionFiguresText.columns + ["paper's BLEU", "its queries"], rows)
  }

  /// How well confidence ranks quality.
  var ranking: String { CaptionFiguresText.ranking(report.confidence) }
}
