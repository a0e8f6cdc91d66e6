import ArgumentParser
import Foundation
import Operations
import ResultStore
import ServiceLifecycle
import Terminal
import Workbench
import WorkerRuntime

/// `shunt demo`
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Shows all of it on this machine, on real data, in some minutes.",
    discussion: """
      The first day of a stream: nothing is labelled, and there is no small model. A large model that was fitted on Debian
      package descriptions answers everything (their section is the label). Broker, database and workers run in this
      process; on the way small models are made of the large one's answers, and take over what they are sure of. At the
      end all answers are held against labels that no worker was shown. Nothing is left running, unless --keep is given.

        shunt demo --samples 5000
      """)

  @Option(name: .long, help: "How many descriptions to stream.")
  var samples: Int = 20_000

  @Option(name: .long, help: "Of which descriptions are streamed, and in which order.")
  var seed: UInt64 = 0

  @Flag(name: .long, help: "Keep broker, database and workers running at the end, until Ctrl-C.")
  var keep = false

  @Option(name: .long, help: "The task's folder.")
  var task: String = "examples/debian-sections"

  func validate() throws {
    guard samples >= 1 else { throw ValidationError("--samples is \(samples); it must be from 1") }
  }

  func run() async throws {
    let steps = StepPrinter()
    let demo = Demo(folder: URL(fileURLWithPath: task), sampleCount: samples, seed: seed) { steps.show($0) }
    let prepared = try await demo.prepare()
    steps.finish()
    do { try await run(demo, prepared) } catch {
      try prepared.folder.remove()
      throw error
    }
    try prepared.folder.remove()
  }

  private func run(_ demo: Demo, _ prepared: Demo.Prepared) async throws {
    var options = LocalMode.Options()
    options.taskFolders = [prepared.folder.url.path]
    let local = try await LocalMode.start(options)
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(prepared.folder.url.lastPathComponent).log").path
    do {
      for line in try await local.deployment.promoteFirstModels() { StandardError.say(line) }
      try await stream(demo, prepared, local, log: log)
    } catch {
      StandardError.say("The workers' log: \(log)")
      try await local.stop()
      throw error
    }
    try await local.stop()
  }

  private func stream(_ demo: Demo, _ prepared: Demo.Prepared, _ local: LocalMode, log: String) async throws {
    // Not on standard error, where the bars are.
    let runtime = Runtime(name: "demo", settings: RuntimeSettings(log: LogSettings(file: log)))
    let workers = Demo.workers(prepared)
    try await runtime.run(try await local.services(workers, runtime)) {
      let printer = DemoPrinter(samples: samples)
      let end = try await demo.stream(prepared, through: local.deployment, workers) { printer.show($0) }
      printer.finish()
      let text =
        "\(DemoText.tables(end, samples: samples))\n\(DemoText.picture(end))\n\(DemoText.next(local, isKept: keep))\n"
        + "The workers' log: \(log)"
      StandardOutput.say(text)
      if keep { try await gracefulShutdown() }
    }
  }
}

/// Shows the stream while it runs: a bar for the samples, and a line for each part and each round.
private final class DemoPrinter: Sendable {
  private let bar: ProgressBar

  init(samples: Int) {
    bar = ProgressBar("", total: samples, unit: "samples")
    say("streaming \(samples) held-out descriptions through the workers")
  }

  func show(_ event: Demo.Event) {
    switch event {
    case .partBegan(let number, let count): say("part \(number) of \(count)")
    case .progress(let outcomes, let share): bar.advance(to: outcomes, note: "query share \(percent(share))")
    case .partEnded(let score): say("  \(DemoText.part(score))")
    case .roundBegan(let number): say("round \(number): a small model is taught what the large one answered")
    case .roundEnded(let words): say("  \(words)")
    }
  }

  func finish() { bar.finish() }

  private func say(_ line: String) {
    // Over the bar's line, where a person watches.
    let start = Terminal.standardError.isInteractive ? "\r\u{1b}[K" : ""
    StandardError.say("\(start)\(line)")
  }
}

/// What the demo says.
enum DemoText {
  /// A part that has ended, in a line.
  static func part(_ score: StreamScore) -> String {
    "query share \(percent(score.queryShare)), right \(percent(score.accuracy))"
      + (score.largeAccuracy.map { ", the large model alone \(percent($0))" } ?? "")
  }

  /// The query share along the stream.
  static func picture(_ end: Demo.End) -> String {
    let points = end.queryShares.map { (x: Double($0.samples), y: $0.share) }
    return "query share over the stream, with a round after a fifth and after half of it\n"
      + LineChart.render([Series("query share", points)], height: 8)
  }

  static func tables(_ end: Demo.End, samples: Int) -> String {
    var parts = Table("small models", "samples", "query share", "right", "large model alone", "agreement")
    for (versions, score) in end.parts {
      parts.add(versions.isEmpty ? "none yet" : versions.joined(separator: ", "), score)
    }
    parts.add("all", end.whole)
    var stages = Table("answered by", "samples", "right")
    for (answeredBy, score) in end.byAnswerer {
      stages.add(answeredBy.rawValue, "\(score.samples)", percent(score.accuracy))
    }
    stages.add("rejected", "\(end.rejections)", "")
    return """

      \(parts)
      agreement: so much of what small models answered is what the large one says, by audits; \(percent(Demo.parity)) was asked for

      \(stages)
      \(samples) samples pushed, \(end.outcomes) rows in Postgres, \(Int(Double(samples) / (end.streaming / .seconds(1)))) samples a second

      """
  }

  static func next(_ local: LocalMode, isKept: Bool) -> String {
    let query = ResultStore.exampleQuery
    guard isKept else {
      return """
        Go on with:  scripts/demo --keep      keeps all of it running, then
                     psql "…" -c '\(query)'
        """
    }
    return """
      broker:   \(local.brokers)
      database: \(local.databaseURL)
      Try:      psql "\(local.databaseURL)" -c '\(query)'
                echo '{"id":"mine","task":"debian-sections","text":"a text editor"}' | kcat -b \(local.brokers) -t samples -k mine -P
      Runs until Ctrl-C.
      """
  }
}

extension Table {
  fileprivate mutating func add(_ name: String, _ score: StreamScore) {
    add(
      name, "\(score.samples)", percent(score.queryShare), percent(score.accuracy),
      score.largeAccuracy.map(percent) ?? "", score.agreement.map(percent) ?? "")
  }
}
