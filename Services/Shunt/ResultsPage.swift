import Evaluation
import Experiments
import Terminal

/// The page of results that stands among the documents.
struct ResultsPage {
  /// One experiment.
  struct Entry {
    let name: String
    let report: ExperimentReport
  }

  /// Experiments whose replies are labels.
  var entries: [Entry] = []
  /// Experiments whose replies are captions.
  var captioned: [(name: String, report: CaptionReport)] = []

  var markdown: String {
    """
    # Results
    What experiments gave, written by `scripts/results` from the reports in [results/](results). Do not edit it.

    Accuracy is of the test rows: the small model alone, the large model alone, both together. Queries are the share of
    test rows that the large model was asked about.

    \(overall)
    \(entries.compactMap(byCategory).joined())\(entries.flatMap(each).compactMap(distilled).joined())\(entries.flatMap(each).compactMap(pruned).joined())\(entries.flatMap(each).compactMap(ablation).joined())\
    \(captioned.map(captions).joined())
    """
  }

  private func captions(_ name: String, _ report: CaptionReport) -> String {
    let table = CaptionReportText(report: report).quality
    let origin = [report.origin?.commit.map { "commit `\($0)`" }, report.origin?.date].compactMap(\.self)
    let ranks = CaptionReportText(report: report).ranking
    return """

      ## \(name): captions
      BLEU of the corpus and CIDEr-D as the COCO evaluation has them, on \(NumberText.count(report.counts["test"] ?? 0)) test \
      pictures; \((["seed \(report.seed)"] + origin).joined(separator: ", ")).

      \(MarkdownTable(table.header, table.rows))
      \(ranks)

      """
  }

  private var overall: String {
    MarkdownTable(
      ["experiment", "rows tested", "small", "large", "shunt", "queries", "seed", "commit", "date"],
      entries.flatMap(each).map { entry in
        let report = entry.report
        return [
          entry.name, NumberText.count(report.counts["test"] ?? 0), percent(report.small.accuracy),
          percent(report.large.accuracy), percent(report.shunt.accuracy), percent(report.shunt.queryShare),
          "\(report.seed)", report.origin?.commit.map { "`\($0)`" } ?? "", report.origin?.date ?? "",
        ]
      }
    ).description
  }

  /// An entry for each small model of a report that has several.
  private func each(_ entry: Entry) -> [Entry] {
    guard entry.report.others != nil else { return [entry] }
    return entry.report.all.map { Entry(name: "\(entry.name), \($0.smallModelName)", report: $0) }
  }

  private func byCategory(_ entry: Entry) -> String? {
    // A report without the large model's figures by category is of a version that had no such table.
    guard entry.report.large.categories != nil, let table = SmallModelComparison(entry.report).byCategory else {
      return nil
    }
    return "\n## \(entry.name): by category\n\(MarkdownTable(table.header, table.rows))"
  }

  private func distilled(_ entry: Entry) -> String? {
    guard let figures = entry.report.distilled else { return nil }
    let rounds = figures.history.enumerated().map { number, round in
      ["\(number + 1)", NumberText.count(round.samples), percent(round.queryShare), round.outcome]
    }
    let shunt = entry.report.shunt
    let regions = Self.byRegion([("before", shunt.regions), ("after", figures.regions)])
    return """

      ## \(entry.name): distilled on the running system
      \(percent(shunt.accuracy)) at \(percent(shunt.queryShare)) queries before, \(percent(figures.accuracy)) at \
      \(percent(figures.queryShare)) after.

      \(regions)\(MarkdownTable(["round", "samples before it", "their query share", "what came of it"], rounds))
      """
  }

  private func pruned(_ entry: Entry) -> String? {
    guard entry.report.prompt.count > 1 else { return nil }
    let regions = RegionColumns(entry.report.prompt.values.map(\.regions))
    let rows = entry.report.prompt.sorted { $0.key < $1.key }.map { mode, score in
      [mode, percent(score.accuracy), percent(score.queryShare)] + regions.cells(score.regions)
    }
    return
      "\n## \(entry.name): by pruning of the prompt\n\(MarkdownTable(["pruning", "accuracy", "queries"] + regions.names, rows))"
  }

  private func ablation(_ entry: Entry) -> String? {
    guard let figures = entry.report.ablation else { return nil }
    let regions = RegionColumns(figures.map(\.regions))
    let rows = figures.map { row in
      [row.name, percent(row.accuracy), percent(row.queryShare)] + regions.cells(row.regions)
    }
    let table = MarkdownTable(["distillation", "accuracy", "queries"] + regions.names, rows)
    return "\n## \(entry.name): what each part of distillation is worth\n\(table)"
  }

  private static func byRegion(_ rows: [(name: String, scores: [String: Score]?)]) -> String {
    let regions = RegionColumns(rows.map(\.scores))
    guard !regions.names.isEmpty else { return "" }
    return "\(MarkdownTable(["accuracy"] + regions.names, rows.map { [$0.name] + regions.cells($0.scores) }))\n"
  }
}

/// A table in Markdown.
struct MarkdownTable: CustomStringConvertible {
  let description: String

  init(_ header: [String], _ rows: [[String]]) {
    let lines = [header, header.map { _ in "---" }] + rows
    description = lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }
}
