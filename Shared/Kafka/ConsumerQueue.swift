import CLibrdkafka
import Synchronization

/// Owns the reference to a consumer's queue, through which messages and rebalances come.
final class ConsumerQueue: @unchecked Sendable {  // `pointer` is only touched under its lock, or by the one reader.
  private let pointer: Mutex<Reference>
  private let handle: ClientHandle

  private struct Reference: @unchecked Sendable {  // librdkafka's queues are thread-safe.
    var queue: OpaquePointer?
  }

  init(_ handle: ClientHandle) {
    self.handle = handle
    pointer = Mutex(Reference(queue: rd_kafka_queue_get_consumer(handle.pointer)))
  }

  deinit { release() }

  /// Makes a running `receive` return early, or the next one. From any thread.
  func wake() {
    pointer.withLock { reference in
      if let queue = reference.queue { rd_kafka_queue_yield(queue) }
    }
  }

  /// Waits until `count` messages are there or the time is over, whichever is first, and serves rebalances meanwhile.
  /// Only from the consumer's thread, as `release`.
  /// - Returns: how many messages were put to `buffer`; each is the caller's to destroy.
  func receive(_ count: Int, to buffer: GroupMembership.MessageBuffer, timeout: Int32) throws -> Int {
    guard let queue = pointer.withLock({ $0.queue }) else { throw KafkaError.closed("the consumer") }
    let received = rd_kafka_consume_batch_queue(queue, timeout, buffer, count)
    if received < 0 { throw handle.lastError("poll") }
    return received
  }

  /// How many messages are ready.
  var count: Int { pointer.withLock { $0.queue.map { Int(rd_kafka_queue_length($0)) } ?? 0 } }

  /// librdkafka wants the reference gone before the consumer is closed.
  func release() {
    pointer.withLock { reference in
      if let queue = reference.queue { rd_kafka_queue_destroy(queue) }
      reference.queue = nil
    }
  }
}
