import Kafka
import Messages
import Postgres
import Settings

/// What all workers of one deployment share: sections `kafka`, `database` and `tasks`.
public struct DeploymentSettings: Sendable {
  /// Where the broker is.
  public var kafka: KafkaSettings
  /// What the topics are called.
  public var topics: Topics
  /// How many partitions `shunt init` gives a new topic: the most routers that can share the work.
  public var partitions: Int
  /// How many brokers keep a copy of each.
  public var replication: Int
  /// Where Postgres is; empty leaves it to the `PG*` variables.
  public var database: String
  /// The tasks' folders, each with a `task.json`.
  public var taskFolders: [String]
  /// Salts the draws in place of the database's own number, so that a local run can be repeated; `nil`: the database's.
  public var drawSalt: UInt64?

  /// Reads the sections.
  /// - Parameter reader: the reader of all sections.
  public init(_ reader: SettingsReader) {
    let kafka = reader.section("kafka")
    self.kafka = KafkaSettings(
      brokers: kafka.text("brokers", default: "localhost:9092"),
      clientID: kafka.text("client_id", default: "data-shunt"), properties: kafka.map("properties"))
    topics = Topics(prefix: kafka.text("topic_prefix", default: ""))
    partitions = kafka.integer("partitions", default: 12, in: 1...10_000)
    replication = kafka.integer("replication", default: 1, in: 1...100)
    database = reader.section("database").text("url", default: "", secret: true, variable: "DATABASE_URL")
    taskFolders = reader.section("tasks").list("folders", default: ["examples/debian-sections"])
  }

  /// Settings in code.
  public init(
    kafka: KafkaSettings, topics: Topics = Topics(), partitions: Int = 4, replication: Int = 1, database: String,
    taskFolders: [String] = []
  ) {
    self.kafka = kafka
    self.topics = topics
    self.partitions = partitions
    self.replication = replication
    self.database = database
    self.taskFolders = taskFolders
  }
}
