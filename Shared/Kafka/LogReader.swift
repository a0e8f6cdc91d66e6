import CLibrdkafka
import Logging

/// Looks into partitions beside the consumer that reads them, without being a member of its group. Blocks.
final class LogReader {
  private let handle: ClientHandle

  /// - Parameter isolation: that of the consumer, so that both are to see the same records.
  init(_ settings: KafkaSettings, isolation: ConsumerOptions.Isolation, logger: Logger) throws {
    let configuration = try ClientConfiguration(
      settings.withoutMembership, defaults: ["queued.min.messages": "1", "fetch.message.max.bytes": "65536"],
      required: [
        "isolation.level": isolation.rawValue, "auto.offset.reset": "earliest", "enable.partition.eof": "true",
      ])
    handle = try ClientHandle(RD_KAFKA_CONSUMER, configuration, ClientEvents(logger: logger))
  }

  /// What stands in `gap`.
  /// - Throws: `KafkaError` where the broker does not say by `deadline`.
  func look(
    into gap: Range<Int64>, of partition: TopicPartition, until deadline: ContinuousClock.Instant
  ) throws -> GapFinding {
    rd_kafka_poll(handle.pointer, 0)  // Serves what librdkafka has to tell of connections.
    let first = try firstRecord(of: partition, from: gap.lowerBound, until: deadline)
    // A record at the very start says that nothing is deleted.
    let low = first == gap.lowerBound ? gap.lowerBound : try handle.low(of: partition, until: deadline)
    return GapFinding(gap: gap, firstRecord: first, low: low)
  }

  private func firstRecord(
    of partition: TopicPartition, from offset: Int64, until deadline: ContinuousClock.Instant
  ) throws -> Int64? {
    let topic = try TopicHandle(partition.topic, handle)
    guard rd_kafka_consume_start(topic.pointer, partition.partition, offset) == 0 else {
      throw handle.lastError("looking into \(partition)")
    }
    defer { rd_kafka_consume_stop(topic.pointer, partition.partition) }
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "looking into \(partition)") }
      guard let message = rd_kafka_consume(topic.pointer, partition.partition, left.milliseconds) else { continue }
      defer { rd_kafka_message_destroy(message) }
      if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { return message.pointee.offset }
      if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF { return nil }
      let error = KafkaError(message.pointee.err, "looking into \(partition)")
      if !error.isRetriable { throw error }
    }
  }
}

extension ClientHandle {
  /// Where a partition's log ends, as far as fetches have told; asks nobody.
  func knownEnd(of partition: TopicPartition) -> Int64 {
    var (low, high): (Int64, Int64) = (0, 0)
    let code = rd_kafka_get_watermark_offsets(pointer, partition.topic, partition.partition, &low, &high)
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? max(0, high) : 0
  }

  /// The oldest offset that the broker keeps of a partition. Blocks.
  func low(of partition: TopicPartition, until deadline: ContinuousClock.Instant) throws -> Int64 {
    var (low, high): (Int64, Int64) = (0, 0)
    let left = ContinuousClock.now.duration(to: deadline)
    let code = rd_kafka_query_watermark_offsets(
      pointer, partition.topic, partition.partition, &low, &high, max(1, left.milliseconds))
    try KafkaError.check(code, "asking for the oldest offset of \(partition)")
    return low
  }
}
