import Kafka
import Logging

/// One of the ways on which the router's batches are published side by side, each in a transaction of its own, since a
/// producer has one at a time.
///
/// A broker that is away is waited for. A batch whose transaction cannot end is published in another one; a producer that
/// is of no more use, as after its transaction took too long, is followed by a new one of the same name. A batch whose
/// partitions the group has taken away is left to their next holder.
actor TransactionLane {
  private let kafka: KafkaSettings
  private let options: ProducerOptions
  private let logger: Logger
  private var producer: Producer?

  init(kafka: KafkaSettings, options: ProducerOptions, logger: Logger) {
    self.kafka = kafka
    self.options = options
    self.logger = logger
  }

  /// Ends what a predecessor of the same name has left open. Waits for the broker.
  func begin() async throws { _ = try await usableProducer() }

  /// Publishes a batch's outcome and its offsets, so that both are seen or neither.
  /// - Parameters:
  ///   - taken: the batch's partitions up to its own end, by which a commit that was not heard of is recognised. Where
  ///     messages that wait keep offsets from moving it is not, and the batch is published again.
  ///   - replace: what is published for records that are too large.
  ///   - committable: what may be committed; asked once, when the batch's turn has come.
  /// - Throws: what neither waiting nor another transaction mends. The batch was not answered then: the error ends this
  ///   worker, and its successor takes the batch again.
  func publish(
    _ outgoing: OutgoingBatch, of taken: [ConsumedPartition], from consumer: Consumer, turn: CommitTurn,
    replacing replace: RouterOutlet.Replacement, committable: @Sendable () -> [ConsumedPartition]
  ) async throws {
    var (attempts, oversized, mayBeCommitted) = (TransactionAttempts(), OversizedRecords(), false)
    var partitions: [ConsumedPartition]?
    while true {
      do {
        let producer = try await usableProducer()
        if mayBeCommitted, try await isCommitted(taken, producer, consumer) { return }
        try await producer.beginTransaction()
        try await oversized.publishOthers(of: outgoing, inTransactionOf: producer)
        if !oversized.refused.isEmpty { try await producer.publish(replace(oversized.refused)) }
        if partitions == nil { try await turn.wait() }
        let answered = partitions ?? committable()
        partitions = answered
        guard consumer.holds(taken) else { throw KafkaError.assignmentLost }
        try await producer.sendOffsets(of: consumer) { answered.nextOffsets(held: $0) }
        mayBeCommitted = true
        return try await producer.commitTransaction()
      } catch {
        let remedy = (error as? KafkaError).map { attempts.remedy(for: $0) } ?? TransactionAttempts.Remedy.none
        if remedy != .newProducer { try await abort() }
        switch remedy {
        case TransactionAttempts.Remedy.none: throw error
        case .newProducer: await giveProducerUp()
        case .newTransaction: break
        case .leave: return logger.warning("a batch is left to the next holder of its partitions: \(error)")
        }
        logger.warning("a batch begins anew in another transaction: \(error)")
        try await Task.sleep(for: TransactionAttempts.pause)
      }
    }
  }

  /// Gives the producer back.
  func close() async throws { try await producer?.close() }

  private func usableProducer() async throws -> Producer {
    if let producer { return producer }
    let producer = try Producer(settings: kafka, options: options, logger: logger)
    try await producer.initTransactions(timeout: nil)
    self.producer = producer
    return producer
  }

  /// Whether a transaction whose end was not heard of was committed after all, or another router has answered since.
  private func isCommitted(
    _ partitions: [ConsumedPartition], _ producer: Producer, _ consumer: Consumer
  ) async throws -> Bool {
    let next = partitions.nextOffsets
    let committed = try await producer.committedOffsets(of: Array(next.keys), by: consumer)
    return next.allSatisfy { partition, offset in committed[partition].map { $0 >= offset } ?? false }
  }

  /// Leaves no transaction open, unless its end must be left to the successor or the broker.
  private func abort() async throws {
    do { try await producer?.abortTransaction() } catch let error as KafkaError {
      logger.warning("the transaction that failed could not be aborted; its successor or the broker will: \(error)")
      await giveProducerUp()
    }
  }

  private func giveProducerUp() async {
    let gone = producer
    producer = nil
    do { try await gone?.close(timeout: .zero) } catch { logger.debug("a producer that was given up: \(error)") }
  }
}

/// How often a batch may be published again, and how. Values in, values out.
struct TransactionAttempts {
  enum Remedy: Equatable {
    case none, newTransaction, newProducer
    /// Whoever holds its partitions next takes the batch again; waiting would keep this consumer from its group.
    case leave
  }

  private var formerGenerations = 0
  private var fences = 0

  /// The pause between tries, in which this member learns of a change of its group.
  static let pause = Duration.milliseconds(500)

  /// How often the group may change each time that the batch's offsets are sent.
  static let mostFormerGenerations = 10

  /// A producer is fenced off where its transaction took too long, once or twice; more often by another process of the
  /// same `instance_id`.
  static let mostFences = 3

  /// What mends `error`.
  mutating func remedy(for error: KafkaError) -> Remedy {
    if error.isFatal {
      fences += 1
      return fences <= Self.mostFences ? .newProducer : .none
    }
    if error == .assignmentLost { return .leave }
    if error.isOfFormerGeneration {
      formerGenerations += 1
      return formerGenerations < Self.mostFormerGenerations ? .newTransaction : .none
    }
    // Without the record that is too large the next may succeed.
    return error.isRetriable || error.requiresAbort || error.isTooLarge || Self.followers.contains(error.code)
      ? .newTransaction : .none
  }

  /// What the records of a transaction fail with once it has failed itself.
  private static let followers: Set<String> = [
    "_PURGE_QUEUE", "_PURGE_INFLIGHT", "_STATE", "INVALID_PRODUCER_EPOCH", "INVALID_PRODUCER_ID_MAPPING",
    "UNKNOWN_PRODUCER_ID", "OUT_OF_ORDER_SEQUENCE_NUMBER", "INVALID_TXN_STATE",
  ]
}
