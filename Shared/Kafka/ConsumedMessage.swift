import CLibrdkafka

/// A view of one message of a `ConsumedBatch`; its bytes are valid inside the closure that got it.
public struct ConsumedMessage: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_message_t>
  /// Outlives the view: the batch's own methods make it, and it cannot be copied out of their closures.
  unowned(unsafe) let batch: ConsumedBatch

  /// The place of the message's partition in `ConsumedBatch.partitions`.
  public let partitionIndex: Int

  /// The topic, partition and generation that the message belongs to.
  public var partition: ConsumedPartition { batch.partitions[partitionIndex] }

  /// The message's offset in its partition.
  public var offset: Int64 { pointer.pointee.offset }

  /// Milliseconds since 1970, as the producer or the broker set it; `nil` if neither did.
  public var timestamp: Int64? {
    var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    let milliseconds = rd_kafka_message_timestamp(pointer, &kind)
    return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : milliseconds
  }

  /// The key's bytes, `nil` without a key.
  public var key: UnsafeRawBufferPointer? {
    pointer.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.key_len) }
  }

  /// The value's bytes, `nil` for a tombstone.
  public var value: UnsafeRawBufferPointer? {
    pointer.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.len) }
  }

  /// The bytes of the last header of that name; `nil` if there is none, or it has no bytes.
  public func header(_ name: String) -> UnsafeRawBufferPointer? {
    guard let headers = batch.headers(of: pointer) else { return nil }
    var value: UnsafeRawPointer?
    var size = 0
    let code = rd_kafka_header_get_last(headers, name, &value, &size)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    return value.map { UnsafeRawBufferPointer(start: $0, count: size) }
  }

  /// All headers, copied, in the order they were sent.
  public func headers() -> [RecordHeader] {
    guard let headers = batch.headers(of: pointer) else { return [] }
    return (0..<rd_kafka_header_cnt(headers)).compactMap { index in
      var name: UnsafePointer<CChar>?
      var value: UnsafeRawPointer?
      var size = 0
      let code = rd_kafka_header_get_all(headers, index, &name, &value, &size)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let name else { return nil }
      return RecordHeader(
        String(cString: name), value.map { Array(UnsafeRawBufferPointer(start: $0, count: size)) })
    }
  }
}
