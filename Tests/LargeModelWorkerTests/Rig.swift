import Classification
import Encoders
import Foundation
import JSON
import Kafka
import LargeModelFlow
import LargeModelStore
import LargeModelWorker
import Logging
import Messages
import Postgres
import PracticeServer
import ServiceLifecycle
import Streams
import Tasks
import TestSupport
import WorkerRuntime

let fruits = ["apple", "banana", "cherry", "damson"]

/// A broker, a database and a task's definition that names a practice server.
struct Rig: Sendable {
  let cluster: KafkaCluster
  let topics: Topics
  let database: PostgresSettings
  let connection: Connection
  static let task = "fruits"
  /// Members of `chat_completions` for a server that fails now and then.
  static let retry = #","retry":{"attempts":3,"base":"1ms","cap":"4ms"}"#

  private static let template = PostgresTestTemplate("large_model_worker") { try await LargeModelSchema.migrate($0) }

  /// Runs `body` on a fresh rig.
  static func with(partitions: Int = 4, _ body: @escaping @Sendable (Rig) async throws -> Void) async throws {
    try await PostgresTestDatabase.with(template) { database in
      let cluster = try KafkaCluster()
      let topics = Topics(prefix: cluster.unique("large") + "-")
      for topic in topics.all { try await cluster.create(topic, partitions: partitions) }
      let connection = try Connection(database)
      try await body(Rig(cluster: cluster, topics: topics, database: database, connection: connection))
      await connection.close()
    }
  }

  /// A task whose large model is a server.
  /// - Parameters:
  ///   - chat: members of `chat_completions` beside address, model and name, each with a comma before it.
  ///   - rest: further members of `large_model`, likewise.
  static func definition(_ endpoint: URL, chat: String = "", rest: String = "") throws -> TaskDefinition {
    try TaskDefinition(
      json: """
        {"task":{"name":"\(task)"},"large_model":{"kind":"chat_completions","chat_completions":{
          "endpoints":["\(endpoint)"],"model":"practice"\(chat)}\(rest)}}
        """)
  }

  /// A worker and its upkeep, which has taken its first lease.
  func worker(
    _ definition: TaskDefinition, intervals: LargeModelUpkeep.Intervals = .init(), health: Health = Health()
  ) async throws -> [any Service] {
    let store = LargeModelStore(try Connection(database))
    let model = try await LargeModelFactory(models: ModelsFolder(environment: [:]), environment: [:])
      .make(definition, labels: fruits)
    let tasks = [Self.task: LargeModelTask(definition, labels: fruits, model: model, store: store)]
    let logger = Logger(label: "large-model-worker")
    let upkeep = LargeModelUpkeep(
      tasks: tasks, store: store, worker: "\(UUID())", health: health, intervals: intervals, logger: logger)
    try await upkeep.begin()
    return [
      upkeep,
      LargeModelWorker(
        settings: LargeModelWorkerSettings(), kafka: cluster.settings, topics: topics, tasks: tasks,
        facts: { _, _ in nil }, health: health, logger: logger),
    ]
  }

  /// Runs services until `body` ends.
  func running(_ services: [any Service], until body: @escaping @Sendable () async throws -> Void) async throws {
    let runtime = Runtime(
      name: "test", settings: RuntimeSettings(log: LogSettings(level: .error), drainTimeout: .seconds(120)))
    try await runtime.run(services, until: body)
  }

  /// Pushes hard samples; number n is about fruit n mod 4, of which the small model holds banana probable.
  func push(_ numbers: Range<Int>, text: @Sendable (Int) -> String = Rig.text) async throws {
    let small = Prediction(
      model: .specific, version: "small-1", threshold: 0.9,
      distribution: LabelDistribution(labels: LabelIndex(fruits), probabilities: [0.2, 0.5, 0.2, 0.1]))
    var batch = OutgoingBatch()
    for number in numbers {
      let sample = Sample(id: "s\(number)", task: Self.task, text: text(number))
      let hard = HardSample(sample: sample, predictions: [small], routedAt: .now)
      batch.append(hard, to: topics.hard)
    }
    let producer = try Producer(settings: cluster.settings)
    try await producer.publish(batch)
    try await producer.close()
  }

  static let text: @Sendable (Int) -> String = { "text \($0) about a \(fruits[$0 % 4])" }

  /// Reads what the worker publishes until so many samples have an outcome; where partitions moved, some have two.
  func outcomes(_ count: Int) async throws -> Outcomes { try await outcomes { Set($0.map(\.key)).count >= count } }

  /// Reads what the worker publishes until it is enough.
  func outcomes(until isEnough: ([KafkaRecord]) -> Bool) async throws -> Outcomes {
    let consumer = try Consumer(
      settings: cluster.settings, group: cluster.unique("reader"),
      topics: [topics.results.name, topics.rejected.name])
    let records = try await consumer.collect(within: .seconds(240), until: isEnough)
    try await consumer.close()
    return try Outcomes(records, topics)
  }
}

/// What became of samples.
struct Outcomes: Sendable {
  var answers: [Answer] = []
  var rejections: [Rejection] = []

  init(_ records: [KafkaRecord], _ topics: Topics) throws {
    let decoder = try MessageDecoder()
    for record in records {
      try (record.value ?? []).withUnsafeBytes { value in
        if record.partition.topic == topics.results.name {
          answers.append(try decoder.decode(value))
        } else {
          rejections.append(try decoder.decode(value))
        }
      }
    }
  }

  /// Every id, as often as it has an outcome.
  var ids: [String] { answers.map(\.id) + rejections.compactMap(\.id) }

  /// The fruit that a sample's number stands for.
  static func fruit(_ id: String) -> String { fruits[(Int(id.dropFirst()) ?? 0) % 4] }
}
