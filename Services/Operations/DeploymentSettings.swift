import ImageFetch
import Kafka
import Messages
import Settings

/// What all workers of one deployment share: sections `kafka`, `database`, `tasks` and `images`.
public struct DeploymentSettings: Sendable {
  package var kafka: KafkaSettings
  package var topics: Topics
  package var partitions: Int
  package var replication: Int
  /// Empty: the `PG*` variables.
  public var database: String
  package var taskFolders: [String]
  package var images: ImageSettings
  /// Salts the draws in place of the database's own number, so that a local run can be repeated; `nil`: the database's.
  public var drawSalt: UInt64?

  /// Reads the sections.
  /// - Parameter reader: the reader of all sections.
  public init(_ reader: SettingsReader) {
    kafka = KafkaSettings(brokers: "localhost:9092")
    (topics, partitions, replication, database) = (Topics(), 12, 1, "")
    taskFolders = ["examples/debian-sections"]
    images = ImageSettings()
    readKafka(reader.section("kafka"))
    reader.section("database").read(
      "url", &database, .text, secret: true, variable: "DATABASE_URL",
      help: "Where Postgres is; without it the `PG*` variables of libpq say so.")
    reader.section("tasks").read(
      "folders", &taskFolders, .list, help: "One folder a task, each with its `task.json`.")
    images = ImageSettings(reader.section("images"))
  }

  private mutating func readKafka(_ reader: SettingsReader) {
    reader.read("brokers", &kafka.brokers, .filledText, help: "`host:port`, several separated by commas.")
    reader.read("client_id", &kafka.clientID, .text, help: "What the brokers' logs and quotas know the clients by.")
    kafka.properties = reader.map(
      "properties",
      help:
        "Passed through to librdkafka: TLS (`security.protocol`, `ssl.…`), SASL (`sasl.…`) and whatever else it knows; "
        + "`SHUNT_KAFKA_PROPERTIES_SASL_PASSWORD` is `sasl.password`.")
    var prefix = ""
    reader.read("topic_prefix", &prefix, .text, help: "Stands before the topics' names.")
    topics = Topics(prefix: prefix)
    reader.read(
      "partitions", &partitions, .integer(in: 1...10_000),
      help: "How many partitions `shunt init` gives a new topic: the most routers that can share the work.")
    reader.read(
      "replication", &replication, .integer(in: 1...100), help: "How many brokers keep a copy of each new topic.")
  }

  /// Settings in code.
  public init(
    kafka: KafkaSettings, topics: Topics = Topics(), partitions: Int = 4, replication: Int = 1, database: String,
    taskFolders: [String] = [], images: ImageSettings = ImageSettings()
  ) {
    self.kafka = kafka
    self.topics = topics
    self.partitions = partitions
    self.replication = replication
    self.database = database
    self.taskFolders = taskFolders
    self.images = images
  }
}
