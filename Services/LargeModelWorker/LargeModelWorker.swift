import JSON
import Kafka
import Logging
import Messages
import Metrics
import ServiceLifecycle
import WorkerRuntime

/// The worker that asks the large model about hard samples.
///
/// Batches are under way side by side and end in any order; what is contiguously done is committed. Polling goes on
/// while all are busy, with the partitions paused, so that a slow model never costs the membership.
public struct LargeModelWorker: Service {
  private let settings: LargeModelWorkerSettings
  private let kafka: KafkaSettings
  private let desk: LargeModelDesk
  private let health: Health
  private let logger: Logger

  /// A worker for `tasks`.
  public init(
    settings: LargeModelWorkerSettings, kafka: KafkaSettings, topics: Topics, tasks: [String: LargeModelTask],
    facts: @escaping FactsLookup, health: Health, logger: Logger
  ) {
    self.settings = settings
    self.kafka = kafka
    desk = LargeModelDesk(tasks: tasks, facts: facts, topics: topics)
    self.health = health
    self.logger = logger
    health.set("large-model-worker", .starting("joins the consumer group"))
  }

  /// Answers until a graceful shutdown, then finishes what is under way.
  /// - Throws: a fatal Kafka error, or what makes the large model fail as a whole; a restart continues.
  public func run() async throws {
    var options = ConsumerOptions()
    options.instanceID = settings.instanceID
    let consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [desk.topics.hard], options: options, logger: logger)
    let producer = try Producer(settings: kafka, logger: logger)
    health.set("large-model-worker", .ready)
    try await answerAll(from: consumer, to: producer)
    try await consumer.close()
    try await producer.close()
  }

  private enum Event: Sendable {
    case taken(ConsumedBatch)
    case stopped
    case answered([HardItem], LargeModelDesk.Outcome)
    case published([HardItem])
  }

  private func answerAll(from consumer: Consumer, to producer: Producer) async throws {
    let reader = try HardSampleReader(topics: desk.topics)
    let metrics = LargeModelWorkerMetrics()
    var backlog = Backlog(batchSize: settings.batchSize, inFlight: settings.inFlight)
    var (isStopping, isPaused) = (false, false)
    try await withThrowingTaskGroup(of: Event.self) { group in
      group.addTask { try await take(from: consumer) }
      while let event = try await group.next() {
        switch event {
        case .taken(let batch):
          try await queue(batch, reader, producer, &backlog)
          try await consumer.commit(backlog.takeCommittable())
          isPaused = try await regulate(consumer, backlog, isPaused: isPaused, batch)
          group.addTask { try await take(from: consumer) }
        case .stopped:
          isStopping = true
        case .answered(let items, let outcome):
          metrics.record(outcome)
          group.addTask {
            try await producer.publish(outcome.records)
            return .published(items)
          }
        case .published(let items):
          backlog.finish(items)
        }
        while !isStopping, let items = backlog.next() {
          group.addTask { .answered(items, try await desk.answer(items)) }
        }
      }
    }
    try await consumer.commit(backlog.takeCommittable())
  }

  /// The most messages of a poll.
  private static let pollSize = 1000
  /// How long a poll waits before it returns empty; bounds how late a commit may be.
  private static let pollWait = Duration.milliseconds(250)

  private func take(from consumer: Consumer) async throws -> Event {
    do {
      return try await cancelWhenGracefulShutdown {
        .taken(try await consumer.nextBatch(maximum: Self.pollSize, wait: Self.pollWait))
      }
    } catch is CancellationError {
      return .stopped
    }
  }

  private func queue(
    _ batch: ConsumedBatch, _ reader: HardSampleReader, _ producer: Producer, _ backlog: inout Backlog
  ) async throws {
    backlog.begin(batch)
    let read = reader.read(batch)
    backlog.append(read.items)
    guard !read.rejections.isEmpty else { return }
    try await producer.publish(read.rejections)
    for message in read.rejected {
      backlog.finish(message.place, offset: message.offset, generation: message.generation)
    }
  }

  /// Pauses what is held while the backlog is full, and lets it flow again once there is room.
  /// - Returns: whether it is paused now.
  private func regulate(
    _ consumer: Consumer, _ backlog: Backlog, isPaused: Bool, _ batch: ConsumedBatch
  ) async throws -> Bool {
    // What was assigned while the rest is paused flows at first.
    let isNew = batch.rebalances.contains { if case .assigned = $0 { true } else { false } }
    if backlog.isFull, !isPaused || isNew {
      try await consumer.pause(Array(await consumer.assignment.keys))
      return true
    }
    if isPaused, backlog.hasRoom {
      try await consumer.resume(Array(await consumer.assignment.keys))
      return false
    }
    return isPaused
  }
}

/// Reads hard samples from a batch, and rejects what is none.
final class HardSampleReader {
  /// What a batch holds.
  struct Reading {
    var items: [HardItem] = []
    var rejections = OutgoingBatch()
    var rejected: [(place: TopicPartition, offset: Int64, generation: Int)] = []
  }

  private let decoder: MessageDecoder
  private let topics: Topics

  init(topics: Topics) throws {
    decoder = try MessageDecoder()
    self.topics = topics
  }

  func read(_ batch: ConsumedBatch) -> Reading {
    var reading = Reading()
    batch.forEach { _, message in
      let partition = message.partition
      do throws(JSONError) {
        let hard = try decoder.decode(message.value, format: message.header(MessageFormat.header)) {
          json throws(JSONError) in try HardSample(json: json)
        }
        reading.items.append(
          HardItem(
            hard: hard, place: partition.topicPartition, offset: message.offset, generation: partition.generation))
      } catch {
        reject(message, error.description, &reading)
      }
    }
    return reading
  }

  private func reject(_ message: borrowing ConsumedMessage, _ reason: String, _ reading: inout Reading) {
    let partition = message.partition
    let rejection = Rejection(
      reason: reason, topic: partition.topicPartition.topic, partition: partition.topicPartition.partition,
      offset: message.offset, value: message.value, rejectedAt: .now)
    reading.rejections.append(to: topics.rejected, key: message.key?.prefix(Sample.longestKey)) { bytes in
      JSONWriter.append(to: &bytes) { rejection.write(to: &$0) }
    }
    reading.rejected.append((partition.topicPartition, message.offset, partition.generation))
  }
}

/// The worker's figures for `/metrics`.
struct LargeModelWorkerMetrics {
  private let answered = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "answered")])
  private let rejected = Counter(label: "shunt_large_model_samples_total", dimensions: [("way", "rejected")])
  private let promptTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "prompt")])
  private let completionTokens = Counter(label: "shunt_large_model_tokens_total", dimensions: [("kind", "completion")])
  private let cost = FloatingPointCounter(label: "shunt_large_model_cost_total")

  func record(_ outcome: LargeModelDesk.Outcome) {
    answered.increment(by: outcome.answered)
    rejected.increment(by: outcome.rejected)
    promptTokens.increment(by: outcome.promptTokens)
    completionTokens.increment(by: outcome.completionTokens)
    cost.increment(by: outcome.cost)
  }
}
