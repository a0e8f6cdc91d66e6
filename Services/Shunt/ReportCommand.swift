import ArgumentParser
import Experiments
import Foundation
import Terminal

/// `shunt report`
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes one page from the reports of experiments.",
    discussion: """
      Each figure stands beside its seed, commit and date, as 'shunt experiment --report' wrote them down. An experiment
      is called as its file.

        shunt report docs/results/*.json --output docs/results.md
      """)

  @Argument(help: "Files that 'shunt experiment --report' wrote.")
  var reports: [String]

  @Option(name: .long, help: "Where to write the page as Markdown. (default: standard output)")
  var output: String?

  func run() async throws {
    if let output { try OutputFile.check(output) }
    let entries = try reports.map { path in
      let file = URL(fileURLWithPath: path)
      let name = file.deletingPathExtension().lastPathComponent
      do { return ResultsPage.Entry(name: name, report: try ExperimentReport(contentsOf: file)) } catch {
        throw CommandError("\(path) is no report of an experiment: \(error)")
      }
    }
    let page = ResultsPage(entries: entries).markdown
    guard let output else { return StandardOutput.say(page) }
    try Data(page.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
  }
}
