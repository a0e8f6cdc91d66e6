import CLibrdkafka

/// Transactions, for a producer with a `transactionalID`. What `publish` sends between begin and commit is seen by
/// read-committed consumers all or not at all.
///
/// Retriable failures, as of a broker that is away, are retried here. An error with `requiresAbort` asks for
/// `abortTransaction`, and a fatal one for a new producer.
extension Producer {
  /// Fences older producers of the same identity off and finishes what they left. Call once, before the first begin.
  /// - Parameter timeout: how long a broker is waited for; `nil` until the task is cancelled.
  public func initTransactions(timeout: Duration? = .seconds(30)) async throws {
    try await retrying("initTransactions", for: timeout) { rd_kafka_init_transactions($0, $1) }
  }

  /// Begins a transaction.
  public func beginTransaction() async throws {
    try await retrying("beginTransaction", for: transactionTimeout) { client, _ in rd_kafka_begin_transaction(client) }
  }

  /// Makes `offsets` of `consumer`'s group part of the transaction: they are committed if and only if it is.
  /// Partitions that `consumer` no longer holds are left out, and counted there.
  public func sendOffsets(_ offsets: [TopicPartition: Int64], of consumer: Consumer) async throws {
    try await sendOffsets(of: consumer) { _ in offsets }
  }

  /// The same, for offsets that are chosen once it is known what `consumer` holds, each partition with its generation.
  ///
  /// `consumer`'s `onRevoke` may wait for this, so that its partitions stay until the transaction has ended.
  /// - Parameter choose: called at each try, on the producer's thread: it must not wait.
  public func sendOffsets(
    of consumer: Consumer, _ choose: @escaping @Sendable (_ held: [TopicPartition: Int]) -> [TopicPartition: Int64]
  ) async throws {
    try await consumer.waitForJoin()
    try await retrying("sendOffsets", for: transactionTimeout) { client, timeout in
      let (held, group) = try consumer.offsets.forTransaction(choose)
      let list = PartitionList(offsets: held)
      return rd_kafka_send_offsets_to_transaction(client, list.pointer, group.pointer, timeout)
    }
  }

  /// Waits for what is under way, then commits. Waits for a broker that is away until the task is cancelled.
  public func commitTransaction() async throws {
    try await retrying("commitTransaction", for: nil) { rd_kafka_commit_transaction($0, $1) }
  }

  /// Drops what is under way (its publishes fail), then aborts. Waits as `commitTransaction` does.
  public func abortTransaction() async throws {
    try await retrying("abortTransaction", for: nil) { rd_kafka_abort_transaction($0, $1) }
  }

  /// What the group of `consumer` has committed, transactions that are under way waited for.
  public func committedOffsets(
    of partitions: [TopicPartition], by consumer: Consumer
  ) async throws -> [TopicPartition: Int64] {
    try await again("asking for what is committed", for: nil) { timeout in
      try consumer.handle.commits(of: partitions, timeout: timeout)
    }
  }

  private func retrying(
    _ what: String, for limit: Duration?,
    _ call: @escaping @Sendable (_ client: OpaquePointer, _ timeout: Int32) throws -> OpaquePointer?
  ) async throws {
    try await again(what, for: limit) { [handle] timeout in
      if let error = try call(handle.pointer, timeout.milliseconds) { throw KafkaError(consuming: error, what) }
    }
  }

  /// How long a call may hold the producer's thread before it is seen whether somebody still waits for it.
  private static let slice = Duration.seconds(5)

  /// Calls `call` on the producer's thread with the time that it may take, again while its error may be retried.
  /// - Parameter limit: how long in all; `nil` until the task is cancelled.
  private func again<Value: Sendable>(
    _ what: String, for limit: Duration?, _ call: @escaping @Sendable (_ timeout: Duration) throws -> Value
  ) async throws -> Value {
    try checkOpen()
    let start = ContinuousClock.now
    var isFirst = true
    while true {
      let left = limit.map { $0 - start.duration(to: .now) } ?? Self.slice
      do {
        let timeout = max(.milliseconds(1), min(left, Self.slice))
        return try await thread.run { try call(timeout) }
      } catch let error as KafkaError where error.isRetriable && left > .zero {
        if isFirst { handle.events.logger.warning("waits: \(error)") }
        isFirst = false
        try Task.checkCancellation()
      }
    }
  }
}
