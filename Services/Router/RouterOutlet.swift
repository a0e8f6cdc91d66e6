import Foundation
import Kafka
import Logging
import Messages

/// The router's ends in Kafka: where batches come from, and where their outcome and their offsets go.
struct RouterOutlet: Sendable {
  private let consumer: Consumer
  /// One for all batches, or, since a producer has one transaction at a time, one for each batch under way.
  private let producers: [Producer]
  private let settings: RouterSettings
  private let answered: AnsweredOffsets
  private let underWay: BatchesUnderWay
  private let logger: Logger

  /// How long a poll waits for a first sample before it asks again; only bounds how long a shutdown may take.
  private static let pollWait = Duration.seconds(1)

  /// Long enough for what a batch says to one partition to go in one request: with none, librdkafka sends its first
  /// records alone, and the rest waits behind them.
  private static let producerLinger = Duration.microseconds(500)

  /// How much a successor repeats at most after a crash, beside the batches under way.
  private static let commitInterval = Duration.milliseconds(100)

  init(settings: RouterSettings, kafka: KafkaSettings, topics: Topics, logger: Logger) async throws {
    self.settings = settings
    self.logger = logger
    producers = try await Self.producers(settings, kafka, topics, logger)
    var consuming = ConsumerOptions()
    consuming.instanceID = settings.instanceID
    consuming.linger = settings.batchWait
    let (answered, underWay) = (AnsweredOffsets(), BatchesUnderWay())
    (self.answered, self.underWay) = (answered, underWay)
    consumer = try Consumer(
      settings: kafka, group: settings.group, topics: [topics.samples], options: consuming, logger: logger
    ) { going in
      await underWay.settle()
      return answered.offsets(held: going)
    }
  }

  private static func producers(
    _ settings: RouterSettings, _ kafka: KafkaSettings, _ topics: Topics, _ logger: Logger
  ) async throws -> [Producer] {
    var options = ProducerOptions()
    options.linger = producerLinger
    guard settings.isTransactional else { return [try Producer(settings: kafka, options: options, logger: logger)] }
    let identity = "\(topics.samples)-\(settings.group)-\(settings.instanceID ?? UUID().uuidString)"
    var producers: [Producer] = []
    for lane in 0..<batchesUnderWay {
      options.transactionalID = "\(identity)-\(lane)"
      let producer = try Producer(settings: kafka, options: options, logger: logger)
      try await producer.initTransactions()
      producers.append(producer)
    }
    return producers
  }

  /// How many batches may be on their way to the broker while the next is taken.
  static let batchesUnderWay = 4

  /// The next batch, under way from now on until `publish` ends unless it is empty.
  func take() async throws -> ConsumedBatch {
    let batch = try await consumer.nextBatch(maximum: settings.batchSize, wait: Self.pollWait)
    if !batch.isEmpty { underWay.begin() }
    return batch
  }

  /// Publishes a batch's outcome. Once the broker has acknowledged all of it and it is the batch's turn, its offsets may
  /// be committed; in a transaction they are.
  /// - Parameter lane: which of the batches under way it is, from 0.
  func publish(_ outgoing: OutgoingBatch, of batch: ConsumedBatch, lane: Int, turn: CommitTurn) async throws {
    defer { underWay.end() }
    let producer = producers[lane % producers.count]
    guard settings.isTransactional else {
      try await producer.publish(outgoing)
      try await turn.wait()
      answered.add(batch.partitions)
      return
    }
    try await inTransaction(producer) { isFirst in
      try await producer.publish(outgoing)
      if isFirst { try await turn.wait() }
      try await producer.sendOffsets(of: consumer) { batch.partitions.nextOffsets(held: $0) }
    }
  }

  /// How often a batch is published at most where the group changes each time that its offsets are sent, and the pause
  /// between tries, in which this member learns of the change.
  private static let (attempts, pause) = (10, Duration.milliseconds(500))

  /// Runs `body` in a transaction, and again in another where the group changed meanwhile.
  /// - Throws: what else made it fail. The batch was not answered then: the error ends this worker, and its successor
  ///   takes the batch again.
  private func inTransaction(_ producer: Producer, _ body: (_ isFirst: Bool) async throws -> Void) async throws {
    for attempt in 1...Self.attempts {
      try await producer.beginTransaction()
      do {
        try await body(attempt == 1)
        return try await producer.commitTransaction()
      } catch {
        let mayTryAgain = (error as? KafkaError)?.isOfFormerGeneration == true && attempt < Self.attempts
        guard await abort(producer), mayTryAgain else { throw error }
        logger.info("the group changed amid a transaction, which begins anew: \(error)")
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// - Returns: whether it succeeded.
  private func abort(_ producer: Producer) async -> Bool {
    do {
      try await producer.abortTransaction()
      return true
    } catch {
      logger.warning("the transaction that failed could not be aborted; its successor or the broker will: \(error)")
      return false
    }
  }

  /// Commits what was answered, until `endCommits`: at once where that is little, and else at most once an interval,
  /// because a commit holds the consumer's thread until the coordinator has answered.
  func commitRegularly() async throws {
    for await _ in answered.news {
      try await consumer.commit({ answered.offsets(held: $0) }, onceSettled: answered.forget)
      try await Task.sleep(for: Self.commitInterval)
    }
  }

  /// Lets `commitRegularly` end once all is committed.
  func endCommits() { answered.endNews() }

  func close() async throws {
    try await consumer.close()
    for producer in producers { try await producer.close() }
  }
}
