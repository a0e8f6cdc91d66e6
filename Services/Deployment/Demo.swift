import Datasets
import Experiments
import Foundation
import Kafka
import LargeModelWorker
import Messages
import ModelStore
import Postgres
import ResultStore
import Router
import Tasks
import WorkerRuntime

/// The whole way of a sample on real data: train, start local mode, stream held-out package descriptions through the
/// workers, and read what came of it from Postgres.
public struct Demo: Sendable {
  private let folder: URL
  private let sampleCount: Int
  private let models: ModelsFolder
  private let step: @Sendable (ExperimentStep) -> Void

  /// - Parameters:
  ///   - folder: the task's folder.
  ///   - sampleCount: how many descriptions are streamed.
  ///   - step: called from any thread.
  public init(
    folder: URL, sampleCount: Int, models: ModelsFolder = ModelsFolder(),
    step: @escaping @Sendable (ExperimentStep) -> Void
  ) {
    self.folder = folder
    self.sampleCount = sampleCount
    self.models = models
    self.step = step
  }

  /// Models for the demo, and the rows to stream.
  public struct Prepared: Sendable {
    /// The offline figures and the models.
    public let outcome: ExperimentRun.Outcome
    /// Rows that neither model has seen.
    public let stream: [DataRow]
  }

  /// Trains both models and chooses the threshold.
  public func prepare() async throws -> Prepared {
    let task = try TaskDefinition(folder: folder)
    var data = try ExperimentData(.debianSections, folder: folder, seed: task.smallModel.training.seed)
    guard data.stream.count >= sampleCount else {
      throw DatasetError("\(data.stream.count) descriptions are left to stream; ask for at most that many")
    }
    let stream = Array(data.stream.prefix(sampleCount))
    // The stream itself is the test; offline a few rows suffice to say that all is well.
    data.test = Array(data.test.prefix(1000))
    let run = ExperimentRun(
      name: task.name, task: task, data: data, models: models, modes: task.pruning.chosenMode.map { [$0] }, step: step)
    return Prepared(outcome: try await run.run(), stream: stream)
  }

  /// How the demo's workers are set up: a fifth of the easy samples is also shown to the large model, so that its
  /// accuracy can be told from the database.
  public static var workers: LocalMode.Workers {
    var workers = LocalMode.Workers()
    workers.router.auditShare = 0.2
    return workers
  }

  /// How far the stream has come.
  public struct Progress: Sendable {
    /// Samples that the broker has.
    public let pushed: Int
    /// What the database says.
    public let figures: StreamFigures
    /// Since the first sample was pushed.
    public let elapsed: Duration
  }

  /// Pushes the stream and waits until every sample has its outcome.
  /// - Parameter progress: called some times a second.
  public func stream(
    _ prepared: Prepared, through deployment: Deployment, progress: @escaping @Sendable (Progress) -> Void
  ) async throws -> Progress {
    let settings = deployment.settings
    let task = prepared.outcome.small.card.task
    let pace = StreamProducer.Pace(
      followers: [
        settings.topics.samples: RouterSettings().group, settings.topics.hard: LargeModelWorkerSettings().group,
      ], maximumLag: 4000)
    let producer = StreamProducer(kafka: settings.kafka, topic: settings.topics.samples, pace: pace)
    let connection = try Connection(deployment.database("demo"))
    let start = ContinuousClock.now
    let pushed = Counter()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await producer.push(
          prepared.stream.lazy.map {
            Sample(id: $0.id, task: task, text: $0.text, label: $0.label, producedAt: .now)
          }
        ) { pushed.set($0) }
      }
      while true {
        let figures = try await StreamFigures.read(task: task, from: connection)
        let state = Progress(pushed: pushed.value, figures: figures, elapsed: ContinuousClock.now - start)
        progress(state)
        if figures.outcomes >= prepared.stream.count { break }
        // Looks at the database some times a second for as long as the reader watches.
        try await Task.sleep(for: .milliseconds(300))
      }
      try await group.waitForAll()
      let figures = try await StreamFigures.read(task: task, from: connection)
      return Progress(pushed: pushed.value, figures: figures, elapsed: ContinuousClock.now - start)
    }
  }
}
