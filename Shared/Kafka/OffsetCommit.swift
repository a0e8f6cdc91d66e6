import CLibrdkafka

/// Commits offsets and waits for the coordinator's answer. Blocks.
enum OffsetCommit {
  /// - Returns: the partitions whose offset was refused because they are no longer this member's, with the code.
  /// - Throws: `KafkaError` for any other failure.
  static func perform(
    _ client: OpaquePointer, _ offsets: [TopicPartition: Int64], timeout: Duration = .seconds(60)
  ) throws -> [TopicPartition: String] {
    if offsets.isEmpty { return [:] }
    let list = PartitionList(offsets: offsets)
    let queue = rd_kafka_queue_new(client)
    defer { rd_kafka_queue_destroy(queue) }
    // An answer on a queue of our own: `rd_kafka_commit`'s return value hides the errors of single partitions.
    try KafkaError.check(rd_kafka_commit_queue(client, list.pointer, queue, nil, nil), "commit")
    guard let event = rd_kafka_queue_poll(queue, timeout.milliseconds) else {
      throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "commit of \(offsets.count) partitions")
    }
    defer { rd_kafka_event_destroy(event) }  // Owns the list that `answers` reads.
    let answers = PartitionList.entries(rd_kafka_event_topic_partition_list(event))
    return try judge(rd_kafka_event_error(event), answers.map { ($0.partition, $0.error) }, asked: offsets)
  }

  /// Tells partitions that went from failures.
  static func judge(
    _ overall: rd_kafka_resp_err_t, _ answers: [(partition: TopicPartition, error: rd_kafka_resp_err_t)],
    asked: [TopicPartition: Int64]
  ) throws -> [TopicPartition: String] {
    if takenAway.contains(overall.rawValue) { return asked.mapValues { _ in KafkaError.name(of: overall) } }
    var refused: [TopicPartition: String] = [:]
    for (partition, error) in answers where error != RD_KAFKA_RESP_ERR_NO_ERROR {
      guard takenAway.contains(error.rawValue) else { throw KafkaError(error, "commit of \(partition)") }
      refused[partition] = KafkaError.name(of: error)
    }
    if refused.isEmpty { try KafkaError.check(overall, "commit") }
    return refused
  }

  /// The coordinator's ways to say that the group went on without this member. `FENCED_INSTANCE_ID` is not among them:
  /// it means two processes of one identity, and is fatal.
  private static let takenAway: Set<Int32> = Set(
    [
      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
      RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST,
    ].map(\.rawValue))
}
