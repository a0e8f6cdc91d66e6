import Cascade
import Experiments
import Terminal

/// Accuracy and queries at every threshold, a colour for each small model, as figure 3 of Chen et al. (AAAI-24) shows them:
/// accuracy solid, queries dotted, and a circle wherever both models together are better than the large one alone.
struct SweepPicture {
  let report: ExperimentReport

  /// So many circles a curve, at most.
  private static let mostMarks = 40

  /// The file's text.
  var svg: String {
    SVGLineChart(
      title: "\(report.name): the shunt at every threshold", xLabel: "threshold δ", yLabel: "accuracy (solid)",
      rightLabel: "queries (dotted)", series: report.all.flatMap(series)
    ).render()
  }

  private func series(_ report: ExperimentReport) -> [Series] {
    let name = report.smallModelName
    // Above 1 stands the threshold at which nothing is easy.
    let points = report.testCurve ?? report.curve
    let accuracy = points.map { (x: Double(min(1, $0.threshold)), y: Double($0.accuracy)) }
    let better = accuracy.filter { $0.y > report.large.accuracy }
    let stride = max(1, better.count / Self.mostMarks)
    return [
      Series(name, accuracy),
      Series(name, points.map { (x: Double(min(1, $0.threshold)), y: Double($0.queryShare)) }, style: .dotted),
      Series(name, better.enumerated().filter { $0.offset % stride == 0 }.map(\.element), style: .marks),
    ]
  }
}

extension ExperimentReport {
  /// What tables and pictures call its small model.
  var smallModelName: String { versions.architecture ?? versions.small }
}
