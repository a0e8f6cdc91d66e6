import CLibrdkafka

/// Owns an `rd_kafka_topic_partition_list_t`; calls that take a list copy what they keep of it.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(_ partitions: some Collection<TopicPartition>) {
    pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
    for partition in partitions {
      rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
    }
  }

  init(offsets: [TopicPartition: Int64]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
    for (partition, offset) in offsets {
      rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition).pointee.offset = offset
    }
  }

  /// Takes over a list that librdkafka handed out.
  init(consuming pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { self.pointer = pointer }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  /// The entries of a list that someone else owns.
  static func entries(
    _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
  ) -> [(partition: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
    guard let list, let elements = list.pointee.elems else { return [] }
    return (0..<Int(list.pointee.cnt)).map { index in
      let element = elements[index]
      return (
        TopicPartition(topic: String(cString: element.topic), partition: element.partition), element.offset,
        element.err
      )
    }
  }

  borrowing func entries() -> [(partition: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
    Self.entries(pointer)
  }
}
