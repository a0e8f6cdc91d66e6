import CLibrdkafka
import Concurrency
import Logging
import Synchronization

/// Publishes batches of records and waits until the brokers have them: idempotent, acknowledged by all replicas.
public final class Producer: Sendable {
  let handle: ClientHandle
  /// For calls that block; delivery reports have their own.
  let thread: DedicatedThread
  let transactionTimeout: Duration
  private let poller: DeliveryPoller
  private let topics: TopicHandles
  private let isClosed = Atomic<Bool>(false)

  /// Connects in the background.
  /// - Throws: `KafkaError` for settings that librdkafka refuses.
  public init(
    settings: KafkaSettings, options: ProducerOptions = ProducerOptions(),
    logger: Logger = Logger(label: "kafka.producer")
  ) throws {
    let configuration = try ClientConfiguration(
      settings, defaults: options.defaults, required: options.required)
    configuration.withPointer { pointer in
      rd_kafka_conf_set_dr_msg_cb(pointer) { _, message, _ in
        if let message { Delivery.report(message) }
      }
    }
    handle = try ClientHandle(RD_KAFKA_PRODUCER, configuration, ClientEvents(logger: logger))
    thread = DedicatedThread(name: "kafka-producer")
    transactionTimeout = options.transactionTimeout
    poller = DeliveryPoller(handle)
    topics = TopicHandles(handle)
  }

  deinit { poller.stop() }

  /// How many records wait for their acknowledgement, and events of librdkafka's to be served.
  public var queuedCount: Int { Int(rd_kafka_outq_len(handle.pointer)) }

  /// Sends all records and returns once each is acknowledged; waits for room where the queue is full. Several publishes
  /// may run at once. It cannot be cancelled, because records that are under way cannot: `deliveryTimeout` bounds it.
  /// - Throws: `KafkaError` of the first failure; `failedRecords` names all records that are not known to be stored.
  public func publish(_ batch: OutgoingBatch) async throws {
    if batch.isEmpty { return }
    try checkOpen()
    let topics = try batch.topics.map { try self.topics.handle(for: $0) }
    let delivery = Delivery(count: batch.count)
    var next = 0
    while next < batch.count {
      let round = poller.round
      next = enqueue(batch, from: next, topics, delivery)
      if next < batch.count { await poller.waitForReports(after: round) }
    }
    let failures = await delivery.outcome()
    // Sending again can mend what failed for a record's size, whatever else failed with it.
    guard let first = failures.first(where: { KafkaError.isTooLarge($0.code) }) ?? failures.first else { return }
    throw failure(first.code, batch, failures.map(\.record))
  }

  /// Waits until nothing is under way, or `timeout` is over.
  public func flush(timeout: Duration) async throws {
    try await thread.run { [handle] in
      try KafkaError.check(rd_kafka_flush(handle.pointer, timeout.milliseconds), "flush")
    }
  }

  /// Sends what is under way and ends; later publishes throw. What is not acknowledged by `timeout` fails its publish.
  public func close(timeout: Duration = .seconds(30)) async throws {
    if isClosed.exchange(true, ordering: .acquiringAndReleasing) { return }
    defer { poller.stop() }
    try await thread.run { [handle] in
      let code = rd_kafka_flush(handle.pointer, timeout.milliseconds)
      if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
      // Each record's report must come, or its publisher would wait for ever: purging makes them fail now.
      rd_kafka_purge(handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
      rd_kafka_flush(handle.pointer, 5000)
      throw KafkaError(code, "closing the producer")
    }
  }

  func checkOpen() throws {
    if isClosed.load(ordering: .acquiring) { throw KafkaError.closed("the producer") }
    try handle.checkFatal()
  }

  /// Enqueues in order until the queue is full.
  /// - Returns: the first record that is neither enqueued nor settled; the batch's count at the end.
  private func enqueue(_ batch: OutgoingBatch, from start: Int, _ topics: [TopicHandle], _ delivery: Delivery) -> Int {
    batch.bytes.withUnsafeBytes { bytes in
      for index in start..<batch.count {
        let record = batch.records[index]
        let outgoing = OutgoingRecord(record, topics[Int(record.topic)], bytes, delivery.opaque(of: index))
        let code =
          isClosed.load(ordering: .relaxed)
          ? RD_KAFKA_RESP_ERR__DESTROY : outgoing.enqueue(handle, batch.headers.isEmpty ? nil : batch.headers[index])
        if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return index }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { delivery.settle(index, code) }
      }
      return batch.count
    }
  }

  private func failure(_ code: rd_kafka_resp_err_t, _ batch: OutgoingBatch, _ failed: [Int]) -> KafkaError {
    let first = failed.first.map { batch.topics[Int(batch.records[$0].topic)] } ?? ""
    var error = KafkaError(code, "publish to \(first)")
    if let fatal = handle.events.fatal { error = fatal }
    error.failedRecords = failed
    return error
  }
}
