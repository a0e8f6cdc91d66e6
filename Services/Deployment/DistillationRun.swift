import Cascade
import Datasets
import Distiller
import Experiments
import Foundation
import Kafka
import LargeModelWorker
import Messages
import ModelStore
import Postgres
import Router
import SmallModel
import Synchronization
import Tasks
import WorkerRuntime

/// Distillation on the running system: the stream through Kafka in its order, some rounds on the way, then the test.
public struct DistillationRun: Sendable {
  private let folder: URL
  private var data: ExperimentData
  private let outcome: ExperimentRun.Outcome
  private let models: ModelsFolder
  private let step: @Sendable (ExperimentStep) -> Void

  /// - Parameters:
  ///   - folder: the task's folder.
  ///   - data: its rows, with a stream.
  ///   - outcome: the models before distillation.
  public init(
    folder: URL, data: ExperimentData, outcome: ExperimentRun.Outcome, models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (ExperimentStep) -> Void
  ) {
    self.folder = folder
    // What the figures are taken on must not have taught.
    let tested = Set(data.test.map(\.id))
    self.data = data
    self.data.stream.removeAll { tested.contains($0.id) }
    self.outcome = outcome
    self.models = models
    self.step = step
  }

  /// After which shares of the stream a round is asked for.
  private static let rounds = [0.4, 0.6, 0.8, 1.0]

  /// Runs it.
  /// - Returns: the figures on the test rows, as Postgres has them.
  public func run() async throws -> DistilledFigures {
    guard !data.stream.isEmpty else { throw DatasetError("this data set has no stream to distil from") }
    var options = LocalMode.Options()
    options.taskFolders = [folder.path]
    let local = try await LocalMode.start(options, models: models)
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("shunt-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      let figures = try await run(on: local, scratch)
      try await clean(local, scratch)
      return figures
    } catch {
      try await clean(local, scratch)
      throw error
    }
  }

  private func clean(_ local: LocalMode, _ scratch: URL) async throws {
    try await local.stop()
    try FileManager.default.removeItem(at: scratch)
  }

  private func run(on local: LocalMode, _ scratch: URL) async throws -> DistilledFigures {
    let deployment = local.deployment
    try await deployment.promote(outcome, who: "experiment")
    let runtime = Runtime(name: "experiment", settings: RuntimeSettings(log: LogSettings(level: .error)))
    var workers = LocalMode.Workers()
    workers.router.taughtShare = 1
    let distiller = try await deployment.distiller(try settings(scratch), runtime)
    let services = try await distiller + local.services(workers, runtime)
    let figures = LatestFigures()
    try await runtime.run(services) { figures.set(try await teach(deployment)) }
    guard let result = figures.value else { throw TaskError("the run ended without figures") }
    return result
  }

  /// Held-out samples with the large model's answers, labelled data as third source, and rounds when asked for.
  private func settings(_ scratch: URL) throws -> DistillerSettings {
    let heldOut = scratch.appendingPathComponent("held-out.jsonl")
    try HeldOutFile.write(outcome.heldOutRows(regions: data.regions), to: heldOut)
    let labelled = scratch.appendingPathComponent("labelled.jsonl")
    try DataFile.write(data.training, to: labelled)
    var task = TaskDistillation(task: outcome.small.card.task, heldOut: heldOut.path)
    task.labelled = labelled.path
    task.policy.startsOnDrift = false
    task.round = outcome.distillation
    return DistillerSettings(tasks: [task])
  }

  private func teach(_ deployment: Deployment) async throws -> DistilledFigures {
    let connection = try Connection(deployment.database("experiment"))
    let store = try ModelStore(deployment.database("experiment"))
    let task = outcome.small.card.task
    var (start, rounds) = (0, [DistilledFigures.Round]())
    for part in Self.rounds {
      let end = Int(Double(data.stream.count) * part)
      let rows = Array(data.stream[start..<end])
      try await push(rows, "stream rows", deployment, connection)
      let share = try await TestScore.read(rows: rows, task: task, regions: [:], over: connection).queryShare
      step(.stage("round \(rounds.count + 1) of distillation, after \(end) of \(data.stream.count) stream rows"))
      let round = try await DistillationRounds.now(task: task, store: store, connection: connection)
      let verdict = "\(round.outcome ?? round.state.rawValue): \(round.reasons ?? "")"
      rounds.append(DistilledFigures.Round(samples: rows.count, queryShare: share, outcome: verdict))
      start = end
    }
    try await push(data.test, "test rows", deployment, connection)
    let score = try await TestScore.read(
      rows: data.test, task: task, regions: data.regions, over: connection)
    await connection.close()
    return DistilledFigures(
      accuracy: score.accuracy, queryShare: score.queryShare, rounds: rounds.count, regions: score.regions,
      history: rounds)
  }

  private func push(
    _ rows: [DataRow], _ what: String, _ deployment: Deployment, _ connection: Connection
  ) async throws {
    let settings = deployment.settings
    let task = outcome.small.card.task
    step(.stage("pushing \(rows.count) \(what)"))
    let producer = StreamProducer(
      kafka: settings.kafka, topic: settings.topics.samples,
      pace: StreamProducer.Pace(
        followers: [
          settings.topics.samples: RouterSettings().group, settings.topics.hard: LargeModelWorkerSettings().group,
        ], maximumLag: 2000))
    let before = try await StreamFigures.read(task: task, from: connection).outcomes
    // Labels stay here: the test's are compared at the end, the stream's are never looked at.
    try await producer.push(
      rows.lazy.map { Sample(id: $0.id, task: task, text: $0.text, category: $0.category, producedAt: .now) })
    while true {
      let done = try await StreamFigures.read(task: task, from: connection).outcomes - before
      step(.progress("rows", done, of: rows.count))
      if done >= rows.count { return }
      // Looks at the database some times a second until the last answer is there.
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}

/// Holds what the body of a run found.
private final class LatestFigures: Sendable {
  private let figures = Mutex<DistilledFigures?>(nil)
  var value: DistilledFigures? { figures.withLock { $0 } }
  func set(_ value: DistilledFigures) { figures.withLock { $0 = value } }
}
