import Cascade
import Evaluation
import Operations
import Terminal

/// A task's report, for people.
struct TaskReportText {
  /// How tables are written.
  enum Style {
    case terminal, markdown
  }

  let report: TaskReport
  let style: Style

  var text: String {
    let parts = [answerers, day] + comparison
    return (["\(heading)task \(report.task)"] + parts.filter { !$0.isEmpty }).joined(separator: "\n\n")
  }

  private var heading: String { style == .markdown ? "# " : "" }

  private func shown(_ header: [String], _ rows: [[String]]) -> String {
    let text =
      switch style {
      case .terminal: Table(header, rows: rows).description
      case .markdown: MarkdownTable(header, rows).description
      }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private var answerers: String {
    guard !report.answerers.isEmpty else { return "Nothing is recorded of it." }
    let header = [
      "answered by", "answers", "share", "the large model's, too", "audits", "right", "known",
      "right by its confidence",
      "US dollars",
    ]
    let rows = report.answerers.map { answerer in
      [
        answerer.answeredBy, NumberText.count(answerer.answers), percent(answerer.share), Self.share(answerer.parity),
        answerer.audits > 0 ? NumberText.count(answerer.audits) : "", Self.share(answerer.accuracy),
        answerer.judged > 0 ? NumberText.count(answerer.judged) : "",
        answerer.estimatedAccuracy.map { Self.estimate($0, answerer.accuracy) } ?? "",
        AskingText.money(answerer.cost),
      ]
    }
    var text = shown(header, rows)
    if report.audits.count > 0 {
      text +=
        "\n\n\(NumberText.count(report.audits.count)) audits beside, for \(AskingText.money(report.audits.cost)) US dollars"
    }
    return text
  }

  private static func share(_ interval: Interval?) -> String {
    interval.map { "\(percent($0.estimate)) (\(percent($0.lower)) to \(percent($0.upper)))" } ?? ""
  }

  /// With its error, where the truth tells.
  private static func estimate(_ estimate: Double, _ measured: Interval?) -> String {
    guard let measured else { return percent(estimate) }
    let error = estimate - measured.estimate
    return "\(percent(estimate)), \(error < 0 ? "" : "+")\(NumberText.fixed(error * 100, decimals: 1)) points"
  }

  private var day: String {
    guard let day = report.day else { return "" }
    return shown(
      ["a day at this pace", "samples", "questions", "US dollars"],
      [
        [
          "as it is, with audits", AskingText.count(day.answers), AskingText.count(day.questions),
          AskingText.money(day.cost),
        ],
        [
          "large model alone", AskingText.count(day.answers), AskingText.count(day.answers),
          AskingText.money(day.costOfLargeAlone),
        ],
      ])
  }

  private var comparison: [String] {
    guard let comparison = report.comparison else {
      return ["The specific and the large model have spoken on no sample together (router.audit_share)."]
    }
    let known = comparison.judged > 0 ? ", of \(NumberText.count(comparison.judged)) of these the truth is known" : ""
    return [
      "The specific model before the large one alone, by \(NumberText.count(comparison.samples)) samples on which both "
        + "have spoken\(known):\(unaudited)",
      prices(comparison), twoByTwo(comparison), points(comparison),
    ]
  }

  /// What nobody has looked at is not in the figures.
  private var unaudited: String {
    let small = AnsweredBy.smallModels.map(\.rawValue)
    guard report.audits.count == 0, report.answerers.contains(where: { small.contains($0.answeredBy) }) else {
      return ""
    }
    return "\nNo easy answer was audited, so all of it is of hard samples alone: set router.audit_share, such as 0.02."
  }

  private func prices(_ comparison: TaskReport.Comparison) -> String {
    guard comparison.curve.contains(where: { $0.parity != nil }) else { return "" }
    return shown(
      [
        "its answers are to be the large model's in", "query share", "threshold", "questions a day", "US dollars a day",
      ],
      comparison.prices.map { price in
        [
          percent(price.parity), price.point.map { percent($0.queryShare) } ?? "not to be had",
          price.point.map { NumberText.fixed($0.threshold, decimals: 3) } ?? "",
          price.questionsADay.map(AskingText.count) ?? "", price.costADay.map(AskingText.money) ?? "",
        ]
      })
  }

  private func twoByTwo(_ comparison: TaskReport.Comparison) -> String {
    guard let counts = comparison.twoByTwo else { return "" }
    return shown(
      ["samples of the stream", "large right", "large wrong"],
      [
        ["specific right", AskingText.count(counts.bothRight), "\(AskingText.count(counts.breakable)) breakable"],
        ["specific wrong", "\(AskingText.count(counts.winnable)) winnable", AskingText.count(counts.bothWrong)],
      ])
  }

  private func points(_ comparison: TaskReport.Comparison) -> String {
    guard let best = comparison.best, let cheapest = comparison.cheapest else { return "" }
    return shown(
      ["", "threshold", "accuracy", "query share"],
      [("best", best), ("cheapest within its error", cheapest)].map { name, point in
        [name, NumberText.fixed(point.threshold, decimals: 3), percent(point.accuracy ?? 0), percent(point.queryShare)]
      })
  }

  /// Accuracy, parity and queries over δ.
  static func picture(_ report: TaskReport) -> String? {
    guard let curve = report.comparison?.curve else { return nil }
    func series(_ name: String, _ style: Series.Style = .solid, _ value: (StreamWorth.Point) -> Double?) -> Series {
      // From low thresholds to high ones; the one above every confidence stands at 1.
      Series(name, curve.reversed().compactMap { p in value(p).map { (x: min(p.threshold, 1), y: $0) } }, style: style)
    }
    let all = [
      series("accuracy") { $0.accuracy }, series("parity") { $0.parity }, series("queries", .dotted) { $0.queryShare },
    ]
    return SVGLineChart(
      title: "\(report.task): the specific model at every threshold", xLabel: "threshold", yLabel: "accuracy, parity",
      rightLabel: "query share", series: all.filter { !$0.points.isEmpty }
    ).render()
  }
}
