import Evaluation
import Experiments
import Terminal

/// An experiment's small models side by side, as tables 1 and 2 of Chen et al. (AAAI-24) show them.
struct SmallModelComparison {
  /// A table's cells.
  typealias Cells = (header: [String], rows: [[String]])

  private let reports: [ExperimentReport]

  init(_ report: ExperimentReport) { reports = report.all }

  /// A line for each small model.
  var overall: Cells {
    (
      ["small model", "small", "large", "shunt", "queries"],
      reports.map { report in
        [
          report.smallModelName, percent(report.small.accuracy), percent(report.large.accuracy),
          percent(report.shunt.accuracy), percent(report.shunt.queryShare),
        ]
      }
    )
  }

  /// A line for each category, and three columns for each small model; `nil` where rows have no category.
  var byCategory: Cells? {
    let categories = Set(reports.flatMap { $0.shunt.categories.map { Array($0.keys) } ?? [] }).sorted()
    guard let first = reports.first, !categories.isEmpty else { return nil }
    let header = ["category", "rows", "large"] + reports.flatMap(columns)
    let rows = categories.map { category in
      let count = first.shunt.categories?[category]?.count ?? 0
      return [category, NumberText.count(count), share(first.large.categories, category)]
        + reports.flatMap { report in
          [
            share(report.small.categories, category), share(report.shunt.categories, category),
            report.shunt.categories?[category].map { percent($0.queryShare) } ?? "",
          ]
        }
    }
    return (header, rows)
  }

  private func columns(_ report: ExperimentReport) -> [String] {
    let names = ["small", "shunt", "queries"]
    return reports.count == 1 ? names : names.map { "\(report.smallModelName) \($0)" }
  }

  private func share(_ scores: [String: Score]?, _ category: String) -> String {
    scores?[category].map { percent($0.accuracy) } ?? ""
  }
}
