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
    var page = ResultsPage()
    for path in reports {
      let file = URL(fileURLWithPath: path)
      let name = file.deletingPathExtension().lastPathComponent
      do {
        switch try StoredReport(contentsOf: file) {
        case .labels(let report): page.entries.append(ResultsPage.Entry(name: name, report: report))
        case .captions(let report): page.captioned.append((name, report))
        }
      } catch { throw CommandError("\(path) is no report of an experiment: \(error)") }
    }
    guard let output else { return StandardOutput.say(page.markdown) }
    try Data(page.markdown.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
  }
}
