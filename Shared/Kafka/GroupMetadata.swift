import CLibrdkafka

/// Owns a snapshot of a group's state, for a transaction.
final class GroupMetadata: @unchecked Sendable {  // Immutable.
  let pointer: OpaquePointer

  /// - Throws: `KafkaError` where `consumer` is in no group, or was turned out of it: a coordinator would take the offsets
  ///   of nobody without a question.
  init(_ consumer: ClientHandle) throws {
    guard let pointer = rd_kafka_consumer_group_metadata(consumer.pointer) else {
      throw KafkaError(code: "_STATE", message: "the consumer is in no group")
    }
    self.pointer = pointer
    // librdkafka hands the name over.
    let name = rd_kafka_memberid(consumer.pointer)
    defer { rd_kafka_mem_free(consumer.pointer, name) }
    if name == nil || name?.pointee == 0 {
      throw KafkaError.assignmentLost
    }
  }

  deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
}
