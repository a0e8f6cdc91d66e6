import ArgumentParser
import Foundation
import PracticeServer
import Terminal

/// `shunt-soak`; `scripts/soak` builds and starts it.
@main
struct SoakCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Runs a deployment of real processes under everything that is known to have broken one.",
    discussion: """
      A broker, Postgres, two routers, two large-model workers, two recorders and a distiller, on loopback. Good samples
      are mixed with odd messages; the large model's server answers every tenth request as odd servers do; workers are
      killed, Postgres crashes. In the end each good sample must have its one row, each bad message its rejection, no
      worker may have ended by itself, and none may grow.

        scripts/soak --seed 2                  100,000 samples, 24 kills
        scripts/soak --short                   a minute or two
        scripts/soak --pictures                20,000 pictures, a quarter of them by reference; routers come, no distiller
        scripts/soak --brokers localhost:9092  on a real broker
      """)

  @Option(name: .long, help: "What is sent, and who is killed when; the same seed, the same soak.")
  var seed: UInt64 = 1

  @Option(name: .long, help: "Good samples. (default: 100000; 20000 with --pictures; 4000 with --short)")
  var samples: Int?

  @Option(name: .long, help: "SIGKILLs; a third as many SIGTERMs come with them. (default: 24; 6 with --short)")
  var kills: Int?

  @Option(name: .long, help: "A broker's host:port. (default: shunt broker)")
  var brokers: String?

  @Flag(name: .long, help: "A minute or two instead of half an hour.")
  var short = false

  @Flag(name: .long, help: "Pictures, answered by a ResNet-32, instead of texts.")
  var pictures = false

  @Flag(name: .long, help: "Keeps the folder with logs and settings; a soak that fails always does.")
  var keep = false

  func validate() throws {
    guard samples ?? 1 > 0, kills ?? 1 >= 0 else { throw ValidationError("--samples and --kills count from 1 and 0") }
  }

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "shunt-soak-\(UUID().uuidString.prefix(8))")
    let imageFolder = SoakDeployment.pictures(in: folder)
    try FileManager.default.createDirectory(at: imageFolder, withIntermediateDirectories: true)
    let kind: any SoakSamples = pictures ? SoakPictures(folder: imageFolder) : SoakTexts()
    let workers = pictures ? Worker.pairs : Worker.all
    let plan = SoakPlan(
      seed: seed, samples: samples ?? (short ? 4_000 : pictures ? 20_000 : 100_000), kills: kills ?? (short ? 6 : 24),
      crashes: short ? 1 : 3, odd: kind.oddMessages, rounds: short ? 1 : 8, workers: workers,
      added: pictures ? Worker.furtherRouters : [])
    let start = ContinuousClock.now
    let faults =
      OddReply.all.map { Fault.odd($0) } + OddReply.refusals.map { Fault.odd($0) } + [
        .cutOff, .brokenJSON, .stalled, .slow(.seconds(1)), .huge(2 << 20),
      ]
    let settings = PracticeServer.Settings(faults: .mixed(share: 0.1, seed: seed, faults))
    let brokers = brokers
    let report = try await PracticeServer.run(settings, model: kind.model) { server in
      let deployment = try await SoakDeployment.start(kind, in: folder, brokers: brokers, endpoint: server.endpoint)
      return try await Self.soak(plan, deployment, workers, server: server)
    }
    print(report.text(duration: ContinuousClock.now - start))
    guard report.problems.isEmpty else {
      print("The logs are in \(folder.path)")
      throw ExitCode.failure
    }
    if !keep { try FileManager.default.removeItem(at: folder) }
  }

  private static func soak(
    _ plan: SoakPlan, _ deployment: SoakDeployment, _ workers: [Worker], server: PracticeServer
  ) async throws -> SoakReport {
    let odd = plan.steps.count { if case .odd = $0 { true } else { false } }
    let bar = ProgressBar("soak", total: plan.samples + odd, unit: "messages")
    let run = SoakRun(plan: plan, deployment: deployment) { bar.advance(to: $0, note: $1) }
    try await deployment.crew.start(workers)
    let verdict = try await withThrowingTaskGroup(of: SoakVerdict?.self) { group in
      group.addTask {
        try await deployment.crew.keepRunning()
        return nil
      }
      group.addTask {
        let verdict = try await run.run()
        try await deployment.stop()
        return verdict
      }
      var verdict: SoakVerdict?
      for try await result in group { verdict = result ?? verdict }
      return verdict
    }
    bar.finish()
    guard let verdict else { throw SoakError("the soak came to no end") }
    return await SoakReport(verdict: verdict, run: run, crew: deployment.crew, server: server)
  }
}
