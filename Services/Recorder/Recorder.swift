import Kafka
import KafkaHealth
import Logging
import Messages
import Metrics
import ResultStore
import ServiceLifecycle
import WorkerRuntime

/// The worker that writes answers, labels and rejections to Postgres: take, read, write, and, once the database has it,
/// commit. While a batch is written the next one is taken and read.
public struct Recorder: Service {
  private let settings: RecorderSettings
  private let kafka: KafkaSettings
  private let topics: Topics
  private let store: ResultStore
  private let replies: TaskReplies
  private let health: Health
  private let logger: Logger

  /// A recorder that writes to `store`, whose schema is up to date.
  /// - Parameter replies: what labels are held to.
  public init(
    settings: RecorderSettings, kafka: KafkaSettings, topics: Topics, store: ResultStore,
    replies: TaskReplies = TaskReplies(), health: Health, logger: Logger
  ) {
    self.replies = replies
    self.settings = settings
    self.kafka = kafka
    self.topics = topics
    self.store = store
    self.health = health
    self.logger = logger
    health.set("recorder", .starting("joins the consumer group"))
  }

  /// How long a poll waits for a first message before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

  /// Records until a graceful shutdown, then finishes the batch at hand.
  /// - Throws: a fatal error of Kafka or Postgres; a restart continues after the last commit.
  public func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for topic in [topics.results.name, topics.labels.name, topics.rejected.name] {
        group.addTask { try await record(topic) }
      }
      health.set("recorder", .ready)
      // Not `waitForAll`, which after an error goes on waiting for the other.
      while try await group.next() != nil {}
    }
  }

  /// Each topic has a consumer of its own: their group shares the partitions of each topic among the recorders, where it
  /// would share the sum of both, and give one recorder all of `results`.
  private func record(_ topic: String) async throws {
    var options = ConsumerOptions()
    options.instanceID = settings.instanceID.map { "\($0)-\(topic)" }
    options.linger = settings.batchWait
    let consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topic], options: options, logger: logger)
    try await health.showing(consumer, as: "kafka \(topic)") { try await recordAll(from: consumer) }
    try await consumer.close()
  }

  /// Reads a batch while the one before it is written; never more, so that commits stay in order.
  private func recordAll(from consumer: Consumer) async throws {
    let reader = try RecordReader(
      topics: topics, replies: replies, rejectedBytesPerMinute: settings.rejectedBytesPerMinute)
    let metrics = RecorderMetrics()
    try await withThrowingTaskGroup(of: Void.self) { writing in
      while let batch = try await take(from: consumer) {
        guard !batch.isEmpty else {
          // A quiet stream must not hide that the last batch failed.
          try await writing.next()
          continue
        }
        let reading = reader.read(batch)
        try await writing.next()
        // Once begun, a batch is finished: a shutdown waits for it.
        writing.addTask { try await write(reading, of: batch, from: consumer, metrics) }
      }
      try await writing.waitForAll()
    }
  }

  private func write(
    _ reading: RecordReader.Reading, of batch: ConsumedBatch, from consumer: Consumer, _ metrics: RecorderMetrics
  ) async throws {
    let written = try await store.write(reading.results)
    let labelled = try await store.write(labels: reading.labels)
    let refused =
      RecordReader.rejections(of: written.refused, in: batch, reading)
      + RecordReader.rejections(of: labelled.refused, in: batch, reading)
    let rejected = try await store.write(rejections: reading.rejections + refused)
    try await consumer.commit(batch.nextOffsets)
    metrics.record(written, labels: labelled.recorded, rejected: rejected, cutShort: reading.cutShort)
    tell(written, reading)
  }

  /// What this recorder itself rejects; what others rejected, they have told.
  private func tell(_ written: ResultStore.Written, _ reading: RecordReader.Reading) {
    for refusal in written.refused { health.rejected(of: refusal.row.task, because: refusal.kind) }
    health.rejected(reading.unreadable, of: nil, because: "no result, label or rejection that can be read")
    if reading.isFlooded {
      logger.warning(
        """
        more is rejected than recorder.rejected_bytes_per_minute (\(settings.rejectedBytesPerMinute)): of the rest of \
        this minute's messages only the first \(RejectedBytes.beginning) bytes are kept
        """)
    }
    if written.summedAsOther > 0 {
      health.set(
        "categories",
        .degraded(
          "an hour had more than recorder.categories_per_hour (\(settings.categoriesPerHour)) categories of a task; "
            + "the rest is summed as other"))
    }
  }

  /// The next batch; `nil` once a shutdown has begun.
  private func take(from consumer: Consumer) async throws -> ConsumedBatch? {
    try await untilShutdown { try await consumer.nextBatch(maximum: settings.batchSize, wait: Self.pollWait) }
  }
}

/// The recorder's figures for `/metrics`.
struct RecorderMetrics {
  private let inserted = Counter(label: "shunt_recorder_rows_total", dimensions: [("kind", "inserted")])
  private let repeated = Counter(label: "shunt_recorder_rows_total", dimensions: [("kind", "repeated")])
  private let labels = Counter(label: "shunt_recorder_rows_total", dimensions: [("kind", "label")])
  private let rejected = Counter(label: "shunt_recorder_rows_total", dimensions: [("kind", "rejected")])
  private let cutShort = Counter(label: "shunt_recorder_rejections_cut_short_total")
  private let other = Counter(label: "shunt_recorder_answers_of_other_categories_total")

  func record(_ written: ResultStore.Written, labels count: Int, rejected: Int, cutShort: Int) {
    inserted.increment(by: written.inserted)
    labels.increment(by: count)
    repeated.increment(by: written.repeated)
    self.rejected.increment(by: rejected)
    self.cutShort.increment(by: cutShort)
    other.increment(by: written.summedAsOther)
  }
}
