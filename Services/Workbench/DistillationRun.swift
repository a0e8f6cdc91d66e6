import Datasets
import Distiller
import Encoders
import Evaluation
import Experiments
import Foundation
import ModelStore
import Operations
import Postgres
import ResultStore
import Synchronization
import Tasks
import WorkerRuntime

/// Distillation on the running system: the stream through Kafka in its order, some rounds on the way, then the test.
public struct DistillationRun<Outcome: DistilledExperiment>: Sendable {
  private let document: TaskDocument
  private let task: TaskDefinition
  private let data: ExperimentData
  private let outcome: Outcome
  private let models: ModelsFolder
  private let step: @Sendable (EvaluationStep) -> Void

  /// - Parameters:
  ///   - document: the task's settings.
  ///   - task: what they say, shortened where the run is.
  ///   - data: its rows, with a stream.
  ///   - outcome: the models before distillation.
  /// - Throws: `DatasetError` without a stream.
  public init(
    document: TaskDocument, task: TaskDefinition, data: ExperimentData, outcome: Outcome,
    models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (EvaluationStep) -> Void
  ) throws {
    (self.document, self.task) = (document, task)
    self.data = try data.withoutTestInStream()
    self.outcome = outcome
    self.models = models
    self.step = step
  }

  /// Runs it.
  /// - Returns: the figures on the test rows, as Postgres has them.
  public func run() async throws -> Outcome.Figures {
    let scratch = try ScratchFolder()
    do {
      let figures = try await run(scratch.url)
      try scratch.remove()
      return figures
    } catch {
      try scratch.remove()
      throw error
    }
  }

  private func run(_ scratch: URL) async throws -> Outcome.Figures {
    var options = LocalMode.Options()
    options.taskFolders = [try taskFolder(scratch).path]
    let local = try await LocalMode.start(options, models: models)
    do {
      let figures = try await run(on: local, scratch)
      try await local.stop()
      return figures
    } catch {
      try await local.stop()
      throw error
    }
  }

  /// The task as the workers read it: its folder holds nothing else, and a recording of its own.
  private func taskFolder(_ scratch: URL) throws -> URL {
    let folder = scratch.appendingPathComponent("task")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var document = document
    if let recording = data.recording {
      let file = scratch.appendingPathComponent("recording.jsonl")
      try DataFile.write(recording, to: file)
      document = try document.with("large_model", "file", file.path)
        .with("large_model", "answer_field", DataFields().recordedAnswer)
    }
    try document.write(to: folder)
    return folder
  }

  private func run(on local: LocalMode, _ scratch: URL) async throws -> Outcome.Figures {
    let deployment = local.deployment
    try await outcome.promote(on: deployment)
    let runtime = Runtime(name: "experiment", settings: RuntimeSettings(log: LogSettings(level: .error, format: .text)))
    var workers = LocalMode.Workers()
    workers.router.taughtShare = 1
    workers.distiller = DistillerSettings(tasks: [try outcome.distillation(task, data, files: scratch)])
    let figures = LatestFigures<Outcome.Figures>()
    try await runtime.run(try await local.services(workers, runtime)) { [workers] in
      figures.set(try await teach(deployment, workers))
    }
    guard let result = figures.value else { throw TaskError("the run ended without figures") }
    return result
  }

  private func teach(_ deployment: Deployment, _ workers: LocalMode.Workers) async throws -> Outcome.Figures {
    let connection = try Connection(deployment.database("experiment"))
    let store = try ModelStore(deployment.database("experiment"))
    let task = outcome.task
    let results = ResultStore(connection)
    let feed = StreamFeed(
      task: task, deployment: deployment, workers: workers, results: results,
      maximumLag: StreamFeed.lag(of: data.stream, atMost: 2000))
    var (start, rounds) = (0, [DistilledFigures.Round]())
    for part in data.distillation.rounds {
      let end = Int(Double(data.stream.count) * part)
      let rows = Array(data.stream[start..<end])
      // The stream's labels stay here: no worker sees them.
      try await push(rows, "stream rows", feed)
      let share = try await feed.askedLarge(rows).share
      step(.stage("round \(rounds.count + 1) of distillation, after \(end) of \(data.stream.count) stream rows"))
      let round = try await DistillationRounds.now(task: task, store: store, routedBy: workers.routingTable)
      rounds.append(DistilledFigures.Round(samples: rows.count, queryShare: share, outcome: round.inWords))
      start = end
    }
    try await push(data.test, "test rows", feed)
    let figures = try await outcome.figures(data, rounds: rounds, from: results)
    await connection.close()
    return figures
  }

  private func push(_ rows: [DataRow], _ what: String, _ feed: StreamFeed) async throws {
    step(.stage("pushing \(rows.count) \(what)"))
    let step = step
    try await feed.push(rows, namesLabels: false) { step(.progress("rows", $1, of: rows.count)) }
  }
}

/// Holds what the body of a run found.
private final class LatestFigures<Figures: Sendable>: Sendable {
  private let figures = Mutex<Figures?>(nil)
  var value: Figures? { figures.withLock { $0 } }
  func set(_ value: Figures) { figures.withLock { $0 = value } }
}
