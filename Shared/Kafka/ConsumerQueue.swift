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

  /// Takes messages one by one until `membership.gathered` is full, or none is left and none comes in time. Serves
  /// rebalances meanwhile. Only from the consumer's thread, as `release`.
  ///
  /// Not by `rd_kafka_consume_batch_queue`: before librdkafka 2.1 it throws away what it has gathered of a partition that
  /// is paused meanwhile, as every rebalance does, and goes on behind it (confluentinc/librdkafka#4208).
  /// - Parameter wait: how long to wait for the next where none is left; asked each time.
  func receive(into membership: GroupMembership, wait: () -> Duration) throws {
    guard let queue = pointer.withLock({ $0.queue }) else { throw KafkaError.closed("the consumer") }
    while !membership.gathered.isFull {
      if let message = rd_kafka_consume_queue(queue, 0) {
        membership.gathered.append(message)
        continue
      }
      let wait = wait()
      guard wait > .zero, let message = rd_kafka_consume_queue(queue, wait.milliseconds) else { return }
      membership.gathered.append(message)
    }
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
