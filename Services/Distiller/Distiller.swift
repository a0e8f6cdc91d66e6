import ImageFetch
import Logging
import Messages
import Metrics
import ModelRegistry
import ModelStore
import Postgres
import ResultStore
import ServiceLifecycle
import SmallModel
import WorkerRuntime

/// The worker that teaches S2 what the large model answers, so that ever fewer samples need it.
///
/// It looks at its tasks every `checkInterval`, and at once where `shunt distill now` asks; how a look goes stands in
/// `TaskDistiller`. Rounds run one after the other, so that training takes no more than its threads.
public struct Distiller: Service {
  private let settings: DistillerSettings
  private let database: PostgresSettings
  private let tasks: [TaskDistiller]
  private let health: Health
  private let logger: Logger

  /// - Parameters:
  ///   - registry: of the models' versions, over a store that waits for its server.
  ///   - who: this distiller's name in the history of versions.
  /// - Throws: `EvaluationError` where a file of samples cannot be read; `PostgresError` for a malformed connection string.
  public init(
    settings: DistillerSettings, database: PostgresSettings, registry: ModelRegistry,
    images: ImageSettings = ImageSettings(), who: String, health: Health, logger: Logger
  ) throws {
    self.settings = settings
    self.database = database
    self.health = health
    self.logger = logger
    let results = ResultStore(try Connection(database))
    let images = StreamImages(fetcher: ImageFetcher(images))
    tasks = try settings.tasks.map {
      var logger = logger
      logger[metadataKey: "task"] = "\($0.task)"
      return try TaskDistiller($0, registry: registry, results: results, images: images, who: who, logger: logger)
    }
    health.set(Self.component, .starting("connects to the database"))
  }

  private static let component = "distiller"

  /// Distils until it is asked to stop; a round that is then under way is given up, and read again by the next.
  public func run() async throws {
    try TrainingLibrary.load()
    try await cancelWhenGracefulShutdown {
      do { try await distil() } catch is CancellationError {}
    }
  }

  /// Why the distiller looks at its tasks.
  private struct Wake: Sendable {
    let instant = ContinuousClock.now
    /// `nil` where it was only time to look.
    var request: RoundRequest?
  }

  /// Looks at each wake; the first of the three that fails ends the others.
  private func distil() async throws {
    let (wakes, wake) = AsyncStream.makeStream(of: Wake.self)
    try await withThrowingTaskGroup { group in
      group.addTask { try await tick(wake) }
      group.addTask { try await listen(wake) }
      group.addTask { try await look(on: wakes) }
      try await group.next()
      group.cancelAll()
    }
  }

  private func tick(_ wake: AsyncStream<Wake>.Continuation) async throws {
    while true {
      wake.yield(Wake())
      try await Task.sleep(for: settings.checkInterval)
    }
  }

  private func listen(_ wake: AsyncStream<Wake>.Continuation) async throws {
    for try await event in try NotificationStream(database, channels: [RoundRequest.channel], logger: logger) {
      if case .notification(_, let payload) = event, let request = RoundRequest(payload: payload) {
        wake.yield(Wake(request: request))
      }
    }
  }

  private func look(on wakes: AsyncStream<Wake>) async throws {
    var lookedAt: [String: ContinuousClock.Instant] = [:]
    for await wake in wakes {
      for task in tasks where wake.request == nil || wake.request?.task == task.settings.task {
        // What came during a round is answered by that round, or by the next tick.
        if let last = lookedAt[task.settings.task], wake.instant < last { continue }
        try await look(at: task, requestedAfter: wake.request?.lastRound)
        lookedAt[task.settings.task] = .now
      }
    }
  }

  /// No data and no outage end the worker: what fails is told, and looked at again.
  private func look(at task: TaskDistiller, requestedAfter lastRound: Int?) async throws {
    do {
      let look = try await task.look(requestedAfter: lastRound)
      health.set(Self.component, .ready)
      measure(look, task.settings.task)
      let hasNoModel = look == .noSpecificModel
      let notes =
        await (hasNoModel ? ["no specific model is in force; 'shunt models promote' puts one there"] : [])
        + task.notes
      health.set("task \(task.settings.task)", notes.isEmpty ? .ready : .degraded(notes.joined(separator: "; ")))
    } catch let error where !(error is CancellationError) {
      health.set(Self.component, .failing("\(error)"))
      logger.warning("cannot look at the task; looks again", metadata: ["error": "\(error)"])
    }
  }

  private func measure(_ look: TaskDistiller.Look, _ task: String) {
    switch look {
    case .noSpecificModel: break
    case .elsewhere:
      logger.info("another distiller runs a round", metadata: ["task": "\(task)"])
    case .idle(let newAnswers), .gathering(let newAnswers, _):
      Gauge(label: "distiller.new_answers", dimensions: [("task", task)]).record(newAnswers)
    case .shadowing(let samples):
      Gauge(label: "distiller.shadowed_samples", dimensions: [("task", task)]).record(samples)
    case .finished(let outcome):
      Counter(label: "distiller.rounds", dimensions: [("task", task), ("outcome", outcome.rawValue)]).increment()
    }
  }
}
