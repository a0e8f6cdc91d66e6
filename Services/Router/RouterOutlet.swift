import Foundation
import Kafka
import Logging
import Messages

/// The router's ends in Kafka: where batches come from, and where their outcome and their offsets go.
struct RouterOutlet: Sendable {
  private let consumer: Consumer
  private let producer: Producer
  private let settings: RouterSettings

  /// How long a poll waits for a first sample before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

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
    consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topics.samples], options: consuming, logger: logger)
  }

  /// How many batches may be on their way to the broker while the next is taken. A transaction holds one batch, and a
  /// producer has one transaction at a time.
  var batchesUnderWay: Int { settings.isTransactional ? 1 : 4 }

  func take() async throws -> ConsumedBatch {
    try await consumer.nextBatch(maximum: settings.batchSize, wait: Self.pollWait)
  }

  /// Publishes a batch's outcome, and commits the batch once the broker has acknowledged all of it and it is its turn.
  func publishAndCommit(_ outgoing: OutgoingBatch, _ batch: ConsumedBatch, turn: CommitTurn) async throws {
    guard settings.isTransactional else {
      try await producer.publish(outgoing)
      try await turn.wait()
      try await consumer.commit(offsets(of: batch))
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
