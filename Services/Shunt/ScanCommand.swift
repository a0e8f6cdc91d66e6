import ArgumentParser
import Distiller
import Foundation
import Operations
import SmallModel
import Tasks
import Terminal

/// `shunt scan`
struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Says how much of a task's stream a small model could answer, and what that saves.",
    discussion: """
      Looks at what the large model has answered while no small model stood before it, as where a task begins without one.
      Nothing is asked, and nothing is put in force: small models are trained on parts of the answers, judged by the
      others, and forgotten.

        shunt scan tickets
        shunt scan tickets --json
      """)

  @Argument(help: "The task's folder.")
  var task: String

  @Option(name: .long, help: "Look at so many of the newest answers, at most.")
  var answers: Int = 4000

  @Flag(name: .long, help: "Print JSON instead of tables.")
  var json = false

  @OptionGroup var settings: SettingsOption

  func validate() throws {
    guard answers > 0 else { throw ValidationError("--answers is \(answers); give 1 or more") }
  }

  func run() async throws {
    let folder = URL(fileURLWithPath: task)
    var definition = try TaskDefinition(folder: folder)
    guard definition.reply == .label else {
      throw CommandError(
        "task \(definition.name) answers with captions, and a scan asks how much of a stream could be answered with labels"
      )
    }
    if !definition.namesLabels {
      let file = TaskFiles(folder: folder).specific
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw CommandError("task \(definition.name) names no labels (task.labels in its task.json)")
      }
      definition.labels = try SmallModelArtifact(contentsOf: file).card.labels
    }
    let steps = StepPrinter()
    let report = try await settings.deployed().scan(definition, newest: answers) { steps.show($0) }
    steps.finish()
    guard json else { return StandardOutput.say(ScanText.tables(report)) }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    StandardOutput.say(String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}

/// A scan's report, for people.
enum ScanText {
  static func tables(_ report: ScanReport) -> String {
    let parities = report.points.first?.shares.map(\.parity) ?? []
    var table = Table(["learnt from", "more answers"] + parities.map { "at \(percent($0))" })
    for point in report.points {
      let sign = point.isForecast ? "~" : ""
      table.add(
        [sign + NumberText.count(point.learntFrom), NumberText.count(point.moreAnswers)]
          + point.shares.map { sign + percent($0.share) })
    }
    return """
      \(NumberText.count(report.answers)) answers of the large model, each judged by a model that has not seen it.
      How much a small model could answer, where at least so many of its answers are the large model's
      (confidence \(percent(report.confidence)); ~ is drawn on from the lines above it):

      \(table)
      \(savings(report))
      """
  }

  /// By the last point that was measured.
  private static func savings(_ report: ScanReport) -> String {
    guard let now = report.points.last(where: { !$0.isForecast }) else { return "" }
    return now.shares.map { share in
      let questions = share.share * 1000
      let money = report.costPerAnswer.map { ", \(NumberText.fixed(questions * $0, decimals: 4)) less to pay" } ?? ""
      let count = NumberText.count(Int(questions))
      return "of 1,000 samples, at \(percent(share.parity)): \(count) fewer questions\(money)"
    }.joined(separator: "\n")
  }
}
