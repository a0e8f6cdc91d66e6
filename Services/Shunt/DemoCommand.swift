import ArgumentParser
import Deployment
import Experiments
import Foundation
import ServiceLifecycle
import Terminal
import WorkerRuntime

/// `shunt demo`
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Shows all of it on this machine, on real data, in some minutes.",
    discussion: """
      Trains a small model on 2,000 Debian package descriptions (their section is the label) and a large one on more,
      starts broker, database and workers in this process, streams held-out descriptions through them, and shows what
      came of it. Nothing is left running, unless --keep is given.
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
    do {
      try await local.deployment.promote(prepared.outcome, who: "demo")
      try await stream(demo, prepared, local)
    } catch {
      try await local.stop()
      throw error
    }
    try await local.stop()
  }

  private func stream(_ demo: Demo, _ prepared: Demo.Prepared, _ local: LocalMode) async throws {
    let runtime = Runtime(name: "demo", settings: RuntimeSettings(log: LogSettings(level: .warning)))
    let services = try await local.services(Demo.workers, runtime)
    FileHandle.standardError.write(Data("streaming \(samples) held-out descriptions through the workers\n".utf8))
    try await runtime.run(services) {
      let bar = ProgressBar("", total: samples, unit: "samples")
      let end = try await demo.stream(prepared, through: local.deployment) { progress in
        bar.advance(to: progress.figures.outcomes, note: DemoText.moving(progress.figures))
      }
      bar.finish()
      print(DemoText.table(end, samples: samples))
      print(DemoText.next(local, isKept: keep))
      if keep { try await gracefulShutdown() }
    }
  }
}

/// What the demo says.
enum DemoText {
  static func moving(_ figures: StreamFigures) -> String {
    guard let accuracy = figures.shuntAccuracy else { return "" }
    return "query share \(percent(figures.queryShare)), shunt \(percent(accuracy))"
  }

  static func table(_ end: Demo.Progress, samples: Int) -> String {
    let figures = end.figures
    var accuracies = Table("", "accuracy", "query share")
    accuracies.add("small model alone", figures.smallAccuracy.map(percent) ?? "", percent(0))
    accuracies.add("large model alone", figures.largeAccuracy.map(percent) ?? "", percent(1))
    accuracies.add("shunt", figures.shuntAccuracy.map(percent) ?? "", percent(figures.queryShare))
    var stages = Table("answered by", "samples", "accuracy")
    for row in figures.byAnswerer { stages.add(row.name, "\(row.count)", row.accuracy.map(percent) ?? "") }
    stages.add("rejected", "\(figures.rejections)", "")
    let seconds = Double(end.elapsed.components.seconds) + Double(end.elapsed.components.attoseconds) / 1e18
    return """

      \(accuracies)
      \(stages)
      \(samples) samples pushed, \(figures.outcomes) rows in Postgres, \(Int(Double(samples) / seconds)) samples a second

      """
  }

  static func next(_ local: LocalMode, isKept: Bool) -> String {
    let query = "SELECT * FROM accuracy_by_answerer"
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
