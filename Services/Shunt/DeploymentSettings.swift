import Kafka
import Messages
import Postgres
import WorkerRuntime

/// Section `kafka`: where the broker is, and what the topics are called.
struct KafkaSection: Sendable {
  var kafka: KafkaSettings
  var topics: Topics
  /// How many partitions `shunt init` gives a new topic: the most routers that can share the work.
  var partitions: Int
  /// How many brokers keep a copy of each.
  var replication: Int

  init(_ reader: SettingsReader) {
    kafka = KafkaSettings(
      brokers: reader.text("brokers", default: "localhost:9092"),
      clientID: reader.text("client_id", default: "data-shunt"), properties: reader.map("properties"))
    topics = Topics(prefix: reader.text("topic_prefix", default: ""))
    partitions = reader.integer("partitions", default: 12, in: 1...10_000)
    replication = reader.integer("replication", default: 1, in: 1...100)
  }
}

/// Section `database`: where Postgres is.
struct DatabaseSection: Sendable {
  /// A connection URL; `nil` leaves it to the `PG*` variables that libpq reads.
  var url: String?

  init(_ reader: SettingsReader) { url = reader.text("url", secret: true, variable: "DATABASE_URL") }
}
