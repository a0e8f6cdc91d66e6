import CLibrdkafka

/// Transactions, for a producer with a `transactionalID`. What `publish` sends between begin and commit is seen by
/// read-committed consumers all or not at all.
///
/// Retriable failures are retried here until the transaction's timeout. An error with `requiresAbort` asks for
/// `abortTransaction`, and a fatal one for a new producer.
extension Producer {
  /// Fences older producers of the same identity off and finishes what they left. Call once, before the first begin.
  public func initTransactions(timeout: Duration = .seconds(30)) async throws {
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
      let (held, group) = try consumer.transactionOffsets(choose)
      let list = PartitionList(offsets: held)
      return rd_kafka_send_offsets_to_transaction(client, list.pointer, group.pointer, timeout)
    }
  }

  /// Waits for what is under way, then commits.
  public func commitTransaction() async throws {
    try await retrying("commitTransaction", for: transactionTimeout) { rd_kafka_commit_transaction($0, $1) }
  }

  /// Drops what is under way (its publishes fail), then aborts.
  public func abortTransaction() async throws {
    try await retrying("abortTransaction", for: transactionTimeout) { rd_kafka_abort_transaction($0, $1) }
  }

  /// Calls `call` on the producer's thread with the milliseconds left, again while its error may be retried.
  private func retrying(
    _ what: String, for limit: Duration,
    _ call: @escaping @Sendable (_ client: OpaquePointer, _ timeout: Int32) throws -> OpaquePointer?
  ) async throws {
    try checkOpen()
    try await thread.run { [handle] in
      let deadline = ContinuousClock.now + limit
      while true {
        let left = ContinuousClock.now.duration(to: deadline)
        guard let error = try call(handle.pointer, max(1, left.milliseconds)) else { return }
        let failure = KafkaError(consuming: error, what)
        if !failure.isRetriable || ContinuousClock.now >= deadline { throw failure }
      }
    }
  }
}
