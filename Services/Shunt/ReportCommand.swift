import ArgumentParser
import Experiments
import Foundation
import Operations
import Tasks
import Terminal

/// `shunt report`
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Says what a running task is worth; or writes one page from reports of experiments.",
    discussion: """
      Of a task, by its folder or its name: who answers how many samples, at which accuracy and parity, and what that costs; a
      day at this pace; what a stricter parity would take; where the large model helps and where it harms; the cheapest
      threshold within error of the best. All of it stands in views (worth_by_answerer, pace_by_task, small_against_large,
      compared_answers), and nothing is asked.

        shunt report tickets
        shunt report tickets --format markdown --picture tickets.svg

      Of files that 'shunt experiment --report' wrote, a page: each figure beside its seed, commit and date. An experiment is
      called as its file.

        shunt report docs/results/*.json --output docs/results.md
      """)

  @Argument(help: "A task's folder or name, or files that 'shunt experiment --report' wrote.")
  var subjects: [String]

  @Option(name: .long, help: "Where to write it. (default: standard output)")
  var output: String?

  @Option(name: .long, help: "Of a task: table, markdown or json.")
  var format: Format = .table

  @Option(name: .long, help: "Of a task: where to draw accuracy, parity and queries over the threshold, as SVG.")
  var picture: String?

  @Option(name: .long, help: "Of a task: compare so many of the newest hard samples, and as many audits, at most.")
  var newest = 20_000

  @OptionGroup var settings: SettingsOption

  /// How a task's report is written.
  enum Format: String, ExpressibleByArgument, CaseIterable { case table, markdown, json }

  func validate() throws {
    guard newest > 0 else { throw ValidationError("--newest is \(newest); give 1 or more") }
  }

  func run() async throws {
    for path in [output, picture].compactMap(\.self) { try OutputFile.check(path) }
    if subjects.count == 1, let task = try task(subjects[0]) { return try await report(task) }
    guard format == .table, picture == nil else {
      throw CommandError("--format and --picture are for the report of a task")
    }
    try write(try page().markdown)
  }

  /// The task's name; `nil` for a file.
  private func task(_ subject: String) throws -> String? {
    let url = URL(fileURLWithPath: subject)
    if FileManager.default.fileExists(atPath: url.appending(path: "task.json").path) {
      return try TaskDefinition(folder: url).name
    }
    return FileManager.default.fileExists(atPath: url.path) || subject.hasSuffix(".json") ? nil : subject
  }

  private func report(_ task: String) async throws {
    let report = try await settings.deployed().report(task: task, newest: newest)
    if let picture {
      guard let drawn = TaskReportText.picture(report) else {
        throw CommandError("there is nothing to draw yet: the two models have spoken on no sample together")
      }
      try Data(drawn.utf8).write(to: URL(fileURLWithPath: picture), options: .atomic)
    }
    switch format {
    case .table: try write(TaskReportText(report: report, style: .terminal).text)
    case .markdown: try write(TaskReportText(report: report, style: .markdown).text)
    case .json:
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try write(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
  }

  private func page() throws -> ResultsPage {
    var page = ResultsPage()
    for path in subjects {
      let file = URL(fileURLWithPath: path)
      let name = file.deletingPathExtension().lastPathComponent
      do {
        switch try StoredReport(contentsOf: file) {
        case .labels(let report): page.entries.append(ResultsPage.Entry(name: name, report: report))
        case .captions(let report): page.captioned.append((name, report))
        }
      } catch { throw CommandError("\(path) is no report of an experiment: \(error)") }
    }
    return page
  }

  private func write(_ text: String) throws {
    guard let output else { return StandardOutput.say(text) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
  }
}
