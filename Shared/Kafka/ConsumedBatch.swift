import CLibrdkafka
import Synchronization

/// What a batch holds of one partition.
public struct ConsumedPartition: Sendable, Equatable {
  /// Topic and number.
  public let topicPartition: TopicPartition

  /// Which time of holding the partition its messages belong to; see `Rebalance.assigned`.
  public let generation: Int

  /// One past the last of the batch's offsets.
  public internal(set) var nextOffset: Int64

  /// How many of the batch's messages are this partition's.
  public internal(set) var count: Int

  /// The same up to another offset.
  public func with(nextOffset: Int64) -> ConsumedPartition {
    ConsumedPartition(topicPartition: topicPartition, generation: generation, nextOffset: nextOffset, count: count)
  }
}

extension Sequence<ConsumedPartition> {
  /// What to commit once their messages are done.
  public var nextOffsets: [TopicPartition: Int64] {
    Dictionary(map { ($0.topicPartition, $0.nextOffset) }, uniquingKeysWith: Swift.max)
  }

  /// The same without partitions that are not in `generations`, or that went and came back: each in its generation.
  public func nextOffsets(held generations: [TopicPartition: Int]) -> [TopicPartition: Int64] {
    filter { generations[$0.topicPartition] == $0.generation }.nextOffsets
  }
}

/// The messages of one poll, in the order of each partition. The batch owns librdkafka's memory; nothing is copied.
public final class ConsumedBatch: @unchecked Sendable {
  // Immutable after `init`, except librdkafka's headers, which it parses into the message on first sight: under `parsing`.

  /// What changed in the assignment since the batch before; to be applied before this batch's messages are begun.
  public let rebalances: [Rebalance]

  /// The partitions that have messages here.
  public let partitions: [ConsumedPartition]

  /// Each message is owned by this batch: destroyed once, in `deinit`, and before `handle` may go.
  private let messages: [GatheredMessages.Message]
  private let partitionIndices: [Int32]
  private let handle: ClientHandle
  private let parsing = Mutex(())

  /// Takes over `messages`, which hold no errors.
  init(
    messages: [GatheredMessages.Message], rebalances: [Rebalance],
    generations: [TopicPartition: Int], handle: ClientHandle
  ) {
    var index = PartitionIndex(generations: generations)
    partitionIndices = messages.map { index.add($0) }
    partitions = index.partitions
    self.messages = messages
    self.rebalances = rebalances
    self.handle = handle
  }

  deinit {
    for message in messages { rd_kafka_message_destroy(message) }
  }

  /// How many messages there are.
  public var count: Int { messages.count }

  /// Whether there is no message.
  public var isEmpty: Bool { messages.isEmpty }

  /// What to commit once all messages are done.
  public var nextOffsets: [TopicPartition: Int64] { partitions.nextOffsets }

  /// Calls `body` with the message at `index`, from 0 to `count - 1`.
  public func withMessage<Value>(at index: Int, _ body: (borrowing ConsumedMessage) throws -> Value) rethrows -> Value {
    try body(
      ConsumedMessage(pointer: messages[index], batch: self, partitionIndex: Int(partitionIndices[index])))
  }

  /// Calls `body` with each message and its index.
  public func forEach(_ body: (_ index: Int, borrowing ConsumedMessage) throws -> Void) rethrows {
    for index in messages.indices { try withMessage(at: index) { try body(index, $0) } }
  }

  /// The message's headers, which it keeps owning; only parsing them writes.
  func headers(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> OpaquePointer? {
    nonisolated(unsafe) var headers: OpaquePointer?
    nonisolated(unsafe) let message = message
    let code = parsing.withLock { _ in rd_kafka_message_headers(message, &headers) }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? headers : nil
  }
}

extension OffsetLedger {
  /// Applies the batch's rebalances, then begins each of its messages.
  public mutating func begin(_ batch: ConsumedBatch) {
    for rebalance in batch.rebalances { apply(rebalance) }
    batch.forEach { _, message in
      let partition = message.partition
      begin(partition.topicPartition, offset: message.offset, generation: partition.generation)
    }
  }
}

/// Numbers a batch's partitions in order of first sight. Messages come in runs of one partition, so that names are
/// read once a partition and looked up once a run.
private struct PartitionIndex {
  private struct Key: Hashable {
    let topic: OpaquePointer
    let partition: Int32
  }

  let generations: [TopicPartition: Int]
  private(set) var partitions: [ConsumedPartition] = []
  private var indices: [Key: Int] = [:]
  private var last: (key: Key, index: Int)?

  init(generations: [TopicPartition: Int]) { self.generations = generations }

  mutating func add(_ message: GatheredMessages.Message) -> Int32 {
    let key = Key(topic: message.pointee.rkt, partition: message.pointee.partition)
    let index = last.flatMap { $0.key == key ? $0.index : nil } ?? find(key)
    partitions[index].nextOffset = message.pointee.offset + 1
    partitions[index].count += 1
    return Int32(truncatingIfNeeded: index)
  }

  private mutating func find(_ key: Key) -> Int {
    let index = indices[key] ?? append(key)
    last = (key, index)
    return index
  }

  private mutating func append(_ key: Key) -> Int {
    let partition = TopicPartition(topic: String(cString: rd_kafka_topic_name(key.topic)), partition: key.partition)
    partitions.append(
      ConsumedPartition(
        topicPartition: partition, generation: generations[partition] ?? 0, nextOffset: 0, count: 0))
    indices[key] = partitions.count - 1
    return partitions.count - 1
  }
}
