import Foundation
import Kafka
import Logging
import Messages

/// The router's ends in Kafka: where batches come from, and where their outcome and their offsets go.
struct RouterOutlet: Sendable {
  private let consumer: Consumer
  private let producer: Producer
  private let settings: RouterSettings
  private let answered: AnsweredOffsets

  /// How long a poll waits for a first sample before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

  /// How much a successor repeats at most after a crash, beside the batches under way.
  private static let commitInterval = Duration.milliseconds(100)

  init(settings: RouterSettings, kafka: KafkaSettings, topics: Topics, logger: Logger) async throws {
    self.settings = settings
    var producing = ProducerOptions()
    producing.linger = .zero
    if settings.isTransactional {
      producing.transactionalID = "\(topics.samples)-\(settings.group)-\(settings.instanceID ?? UUID().uuidString)"
    }
    producer = try Producer(settings: kafka, options: producing, logger: logger)
    if settings.isTransactional { try await producer.initTransactions() }
    var consuming = ConsumerOptions()
    consuming.instanceID = settings.instanceID
    consuming.linger = settings.batchWait
    let answered = AnsweredOffsets()
    self.answered = answered
    consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topics.samples], options: consuming, logger: logger
    ) { going in answered.take(held: going) }
  }

  /// How many batches may be on their way to the broker while the next is taken. A producer has one transaction at a
  /// time, so there one is routed while another is published.
  var batchesUnderWay: Int { settings.isTransactional ? 2 : 4 }

  func take() async throws -> ConsumedBatch {
    try await consumer.nextBatch(maximum: settings.batchSize, wait: Self.pollWait)
  }

  /// Publishes a batch's outcome. Once the broker has acknowledged all of it and it is the batch's turn, its offsets may
  /// be committed; in a transaction they are.
  func publish(_ outgoing: OutgoingBatch, of batch: ConsumedBatch, turn: CommitTurn) async throws {
    guard settings.isTransactional else {
      try await producer.publish(outgoing)
      try await turn.wait()
      answered.add(batch.partitions)
      return
    }
    try await turn.wait()
    try await producer.beginTransaction()
    do {
      try await producer.publish(outgoing)
      try await producer.sendOffsets(offsets(of: batch), of: consumer)
      try await producer.commitTransaction()
    } catch {
      // The batch was not answered: the error ends this worker, and its successor takes the batch again.
      try await producer.abortTransaction()
      throw error
    }
  }

  /// Commits what was answered, until `endCommits`: at once where that is little, and else at most once an interval,
  /// because a commit holds the consumer's thread until the coordinator has answered.
  func commitRegularly() async throws {
    for await _ in answered.news {
      try await consumer.commit { answered.take(held: $0) }
      try await Task.sleep(for: Self.commitInterval)
    }
  }

  /// Lets `commitRegularly` end once all is committed.
  func endCommits() { answered.endNews() }

  /// The batch's offsets, without partitions that went to another router since, even if they came back.
  private func offsets(of batch: ConsumedBatch) async -> [TopicPartition: Int64] {
    let held = await consumer.assignment
    let partitions = batch.partitions.filter { held[$0.topicPartition] == $0.generation }
    return Dictionary(partitions.map { ($0.topicPartition, $0.nextOffset) }, uniquingKeysWith: max)
  }

  func close() async throws {
    try await consumer.close()
    try await producer.close()
  }
}
