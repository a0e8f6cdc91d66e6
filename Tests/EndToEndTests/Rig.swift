import JSON
import Kafka
import LargeModelWorker
import Logging
import Messages
import ModelStore
import Postgres
import Recorder
import ResultStore
import Router
import ServiceLifecycle
import Streams
import TestSupport
import WorkerRuntime

/// A broker and a database, with the workers' parts to run on them.
struct Rig: Sendable {
  let cluster: KafkaCluster
  let topics: Topics
  let store: ResultStore
  let connection: Connection
  let database: PostgresSettings

  private static let template = PostgresTestTemplate("end_to_end") { connection in
    try await ResultSchema.migrate(connection)
    try await ModelSchema.migrate(connection)
  }

  /// Runs `body` on a fresh rig.
  static func with(partitions: Int = 4, _ body: @Sendable (Rig) async throws -> Void) async throws {
    try await PostgresTestDatabase.with(template) { database in
      let cluster = try KafkaCluster()
      let topics = Topics(prefix: cluster.unique("way") + "-")
      for topic in topics.all { try await cluster.create(topic, partitions: partitions) }
      let connection = try Connection(database)
      let rig = Rig(
        cluster: cluster, topics: topics, store: ResultStore(connection), connection: connection, database: database)
      try await body(rig)
      await connection.close()
    }
  }

  /// Runs services until `body` ends.
  func running(_ services: [any Service], until body: @escaping @Sendable () async throws -> Void) async throws {
    let runtime = Runtime(
      name: "test", settings: RuntimeSettings(log: LogSettings(level: .error), drainTimeout: .seconds(120)))
    try await runtime.run(services, until: body)
  }

  func router(
    _ table: CurrentRoutingTable, _ settings: RouterSettings = RouterSettings(), shadows: ShadowLedger = ShadowLedger()
  ) -> Router {
    Router(
      settings: settings, kafka: cluster.settings, topics: topics, table: table, shadows: shadows, health: Health(),
      logger: Logger(label: "router"))
  }

  /// - Parameter texts: easy ones that it answers, too.
  func largeModelWorker(answering texts: [String] = []) throws -> LargeModelWorker {
    LargeModelWorker(
      settings: LargeModelWorkerSettings(batchSize: 16), kafka: cluster.settings, topics: topics,
      tasks: [ToyTask.name: try ToyTask.largeModel(answering: texts)], facts: { _, _ in nil }, health: Health(),
      logger: Logger(label: "large-model-worker"))
  }

  func recorder() throws -> Recorder {
    Recorder(
      settings: RecorderSettings(), kafka: cluster.settings, topics: topics,
      store: ResultStore(try Connection(database)), health: Health(), logger: Logger(label: "recorder"))
  }

  /// Pushes toy samples: two easy ones, then a hard one, and so on.
  func push(_ numbers: Range<Int>) async throws {
    var batch = OutgoingBatch()
    for number in numbers {
      let isHard = number % 3 == 2
      let sample = Sample(
        id: "s\(number)", task: ToyTask.name, text: isHard ? ToyTask.hardText : ToyTask.easyText(number),
        label: isHard || number % 2 == 1 ? "pear" : "apple", producedAt: .now)
      batch.append(sample, to: topics.samples)
    }
    try await push(batch)
  }

  func push(_ batch: OutgoingBatch) async throws {
    let producer = try Producer(settings: cluster.settings)
    try await producer.publish(batch)
    try await producer.close()
  }

  /// How many rows a query counts.
  func count(_ what: String) async throws -> Int {
    try await connection.query("SELECT count(*) AS n FROM \(what)").one()["n"]
  }
}
