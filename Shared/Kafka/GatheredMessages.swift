import CLibrdkafka

/// The messages of one poll, bounded in number and in bytes. Whoever takes them out destroys each.
struct GatheredMessages {
  typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

  private(set) var messages: [Message] = []
  private var byteCount = 0
  private let maximum: Int
  private let maximumBytes: Int

  /// Without room for any.
  init() { self.init(maximum: 0, maximumBytes: 0, expected: 0) }

  /// - Parameter expected: how many to make room for.
  init(maximum: Int, maximumBytes: Int, expected: Int) {
    self.maximum = maximum
    self.maximumBytes = maximumBytes
    messages.reserveCapacity(min(maximum, expected))
  }

  var isEmpty: Bool { messages.isEmpty }

  /// A single message always has room, however large.
  var isFull: Bool { messages.count >= maximum || byteCount >= maximumBytes && !messages.isEmpty }

  mutating func append(_ message: Message) {
    messages.append(message)
    byteCount += message.pointee.len + message.pointee.key_len
  }

  /// Destroys those of partitions that go.
  mutating func discard(of partitions: Set<TopicPartition>) {
    messages.removeAll { message in
      guard partitions.contains(TopicPartition(of: message)) else { return false }
      rd_kafka_message_destroy(message)
      return true
    }
  }
}

extension TopicPartition {
  /// Where a message, or an error about a partition, came from.
  init(of message: GatheredMessages.Message) {
    self.init(
      topic: message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "",
      partition: message.pointee.partition)
  }
}
