import Distiller
import Encoders
import Foundation
import Kafka
import LargeModelStore
import LargeModelWorker
import Logging
import Messages
import ModelRegistry
import ModelStore
import Postgres
import Recorder
import ResultStore
import Router
import ServiceLifecycle
import SmallModel
import Tasks
import WorkerRuntime

/// One deployment: makes its workers' services, its tables and its topics.
public struct Deployment: Sendable {
  /// Where everything is.
  public let settings: DeploymentSettings
  let models: ModelsFolder
  /// Shared by all connections, so that an outage is told once.
  private let waits = ServerWaits()

  /// A deployment whose encoders are in `models`.
  public init(settings: DeploymentSettings, models: ModelsFolder = ModelsFolder()) {
    self.settings = settings
    self.models = models
  }

  /// Settings of a connection under an application name.
  public func database(_ name: String) throws -> PostgresSettings {
    var database = try PostgresSettings(settings.database, applicationName: "shunt \(name)")
    database.waits = waits
    return database
  }

  /// Creates the topics that are missing. They take what the workers' producers send: a hard sample is larger than the
  /// sample that it comes of.
  /// - Parameter timeout: how long the brokers may take for each of the requests.
  public func createTopics(timeout: Duration = .seconds(30)) async throws {
    let limit = ["max.message.bytes": "\(ProducerOptions().maximumMessageBytes)"]
    let topics = settings.topics.all.map { name in
      NewTopic(
        name: name, partitions: settings.partitions, replication: settings.replication,
        configuration: name == settings.topics.samples.name ? [:] : limit)
    }
    try await Admin(settings: settings.kafka).createTopics(topics, timeout: timeout)
  }

  /// The router, the watch that keeps its models in force, and what writes down what shadows would have done.
  /// - Parameter table: kept at the versions in force.
  public func router(
    _ router: RouterSettings, _ runtime: Runtime, table: CurrentRoutingTable = CurrentRoutingTable()
  ) async throws -> [any Service] {
    try await checkTables(runtime.logger)
    let (shadows, probes) = (ShadowLedger(), RoutingProbes())
    let store = try ModelStore(database("router"), backoff: Backoff())
    var router = router
    router.drawSalt = try await drawSalt(store)
    var models = models
    // It sees a picture once.
    models.features = nil
    return [
      try health(runtime),
      ModelWatch(
        registry: ModelRegistry(store, encoders: EncoderLibrary(models)), table: table, health: runtime.health,
        logger: runtime.logger),
      ShadowRecorder(ledger: shadows, probes: probes, store: store, logger: runtime.logger),
      Router(
        settings: router, kafka: settings.kafka, topics: settings.topics, images: settings.images, table: table,
        shadows: shadows, probes: probes, health: runtime.health, logger: runtime.logger),
    ]
  }

  /// The large-model worker for the deployment's tasks.
  /// - Throws: `TaskError` where a task has no model in force yet.
  public func largeModelWorker(_ worker: LargeModelWorkerSettings, _ runtime: Runtime) async throws -> [any Service] {
    try await checkTables(runtime.logger)
    let shared = LargeModelStore(try Connection(database("large-model-worker")))
    let catalog = LargeModelCatalog(
      registry: ModelRegistry(try ModelStore(database("large-model-worker"), backoff: Backoff())), shared: shared,
      factory: LargeModelFactory(models: models))
    let definitions = try settings.taskFolders.map { try TaskDefinition(folder: URL(fileURLWithPath: $0)) }
    let tasks = try await catalog.tasks(definitions)
    let upkeep = LargeModelUpkeep(
      tasks: tasks, store: shared, worker: "\(ProcessInfo.processInfo.hostName)-\(UUID())", health: runtime.health,
      logger: runtime.logger)
    try await upkeep.begin()
    let known = KnownFacts { try await catalog.facts(task: $0, version: $1) }
    return [
      try health(runtime), upkeep,
      LargeModelWorker(
        settings: worker, kafka: settings.kafka, topics: settings.topics, images: settings.images, tasks: tasks,
        facts: { try await known.facts(task: $0, version: $1) }, health: runtime.health, logger: runtime.logger),
    ]
  }

  /// The distiller.
  public func distiller(_ distiller: DistillerSettings, _ runtime: Runtime) async throws -> [any Service] {
    try await checkTables(runtime.logger)
    var distiller = distiller
    distiller.tasks = try defined(distiller.tasks)
    let store = try ModelStore(database("distiller"), backoff: Backoff())
    let salt = try await drawSalt(store)
    let learnables = try learnableModels(runtime.logger)
    for index in distiller.tasks.indices {
      distiller.tasks[index].round.streamHoldOut.salt = salt
      let learnable = learnables[distiller.tasks[index].task]
      distiller.tasks[index].round.learnable = distiller.tasks[index].round.learnable ?? learnable
    }
    return [
      try health(runtime),
      try Distiller(
        settings: distiller, database: database("distiller"),
        registry: ModelRegistry(store, encoders: EncoderLibrary(models)), images: settings.images,
        who: ProcessInfo.processInfo.hostName, health: runtime.health, logger: runtime.logger),
    ]
  }

  /// How S2 is made, by task, as the tasks' folders say. A distiller can do without a folder: then S2 is a copy of S1.
  private func learnableModels(_ logger: Logger) throws -> [String: any NetworkRecipe] {
    var recipes: [String: any NetworkRecipe] = [:]
    for folder in settings.taskFolders {
      guard FileManager.default.fileExists(atPath: folder) else {
        logger.notice(
          "a task's folder is not here: whether its S2 is a network of its own is not known",
          metadata: ["folder": "\(folder)"])
        continue
      }
      let task = try TaskDefinition(folder: URL(fileURLWithPath: folder))
      recipes[task.name] = task.learnableModel
    }
    return recipes
  }

  /// The recorder.
  public func recorder(_ recorder: RecorderSettings, _ runtime: Runtime) async throws -> [any Service] {
    try await checkTables(runtime.logger)
    let store = ResultStore(
      try Connection(database("recorder")), categoriesPerHour: recorder.categoriesPerHour, logger: runtime.logger)
    var services: [any Service] = [
      try health(runtime),
      Recorder(
        settings: recorder, kafka: settings.kafka, topics: settings.topics, store: store, replies: try taskReplies(),
        health: runtime.health, logger: runtime.logger),
    ]
    if recorder.kept.isLimited {
      let store = ResultStore(try Connection(database("retention")))
      services.append(Retention(keeping: recorder.kept, store: store, logger: runtime.logger))
    }
    return services
  }

  private func health(_ runtime: Runtime) throws -> DatabaseHealth {
    DatabaseHealth(database: try database("health"), health: runtime.health)
  }
}
