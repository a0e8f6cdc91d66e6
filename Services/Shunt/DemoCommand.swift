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
      Trains a small model on 2,000 Debian package descriptions (their section is the label) and a large one on more,
      starts broker, database and workers in this process, streams held-out descriptions through them, teaches the
      learnable model on the way, and shows what came of it. Nothing is left running, unless --keep is given.

        shunt demo --samples 5000
      """)

  @Option(name: .long, help: "How many descriptions to stream.")
  var samples: Int = 20_000

  @Flag(name: .long, help: "Keep broker, database and workers running at the end, until Ctrl-C.")
  var keep = false

  @Option(name: .long, help: "The task's folder.")
  var task: String = "examples/debian-sections"

  func validate() throws {
    guard samples >= 1 else { throw ValidationError("--samples is \(samples); it must be from 1") }
  }

  func run() async throws {
    let steps = StepPrinter()
    let demo = Demo(folder: URL(fileURLWithPath: task), sampleCount: samples) { steps.show($0) }
    let prepared = try await demo.prepare()
    steps.finish()
    var options = LocalMode.Options()
    options.taskFolders = [task]
    let local = try await LocalMode.start(options)
    let files = FileManager.default.temporaryDirectory.appendingPathComponent("shunt-demo-\(UUID().uuidString)")
    let log = FileManager.default.temporaryDirectory.appendingPathComponent("\(files.lastPathComponent).log").path
    do {
      try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
      try await local.deployment.promote(prepared.outcome, who: "demo")
      try await stream(demo, prepared, local, files, log: log)
    } catch {
      StandardError.say("The workers' log: \(log)")
      try await clean(local, files)
      throw error
    }
    try await clean(local, files)
  }

  private func clean(_ local: LocalMode, _ files: URL) async throws {
    try await local.stop()
    try FileManager.default.removeItem(at: files)
  }

  private func stream(
    _ demo: Demo, _ prepared: Demo.Prepared, _ local: LocalMode, _ files: URL, log: String
  ) async throws {
    // Not on standard error, where the bars are.
    let runtime = Runtime(name: "demo", settings: RuntimeSettings(log: LogSettings(file: log)))
    let workers = try Demo.workers(prepared, files: files)
    try await runtime.run(try await local.services(workers, runtime)) {
      let printer = DemoPrinter(samples: samples)
      let end = try await demo.stream(prepared, through: local.deployment, workers) { printer.show($0) }
      printer.finish()
      let text =
        "\(DemoText.table(end, samples: samples))\n\(DemoText.picture(end))\n\(DemoText.next(local, isKept: keep))\n"
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
    case .progress(let figures, let share):
      bar.advance(to: figures.outcomes, note: DemoText.moving(figures, queryShare: share))
    case .partEnded(let share): say("  query share \(percent(share))")
    case .roundBegan(let number): say("round \(number): the learnable model is taught what the large one answered")
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
  static func moving(_ figures: StreamFigures, queryShare: Double) -> String {
    guard let accuracy = figures.shuntAccuracy else { return "" }
    return "query share \(percent(queryShare)), shunt \(percent(accuracy))"
  }

  /// The query share along the stream.
  static func picture(_ end: Demo.End) -> String {
    let points = end.queryShares.map { (x: Double($0.samples), y: $0.share) }
    return "query share over the stream, a round of distillation after a quarter and after half\n"
      + LineChart.render([Series("query share", points)], height: 8)
  }

  static func table(_ end: Demo.End, samples: Int) -> String {
    let figures = end.figures
    var accuracies = Table("", "accuracy", "query share")
    accuracies.add("small model alone", figures.smallAccuracy.map(percent) ?? "", percent(0))
    accuracies.add("large model alone", figures.largeAccuracy.map(percent) ?? "", percent(1))
    accuracies.add("shunt", figures.shuntAccuracy.map(percent) ?? "", percent(figures.queryShare))
    var stages = Table("answered by", "samples", "accuracy")
    for row in figures.byAnswerer { stages.add(row.name, "\(row.count)", row.accuracy.map(percent) ?? "") }
    stages.add("rejected", "\(figures.rejections)", "")
    let seconds = end.streaming / .seconds(1)
    return """

      \(accuracies)
      \(stages)
      \(samples) samples pushed, \(figures.outcomes) rows in Postgres, \(Int(Double(samples) / seconds)) samples a second

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
