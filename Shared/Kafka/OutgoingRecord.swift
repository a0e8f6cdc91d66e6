import CLibrdkafka

/// One record on its way into librdkafka's queue.
struct OutgoingRecord {
  private let topic: OpaquePointer
  private let partition: Int32
  private let key: UnsafeRawBufferPointer?
  private let value: UnsafeRawBufferPointer?
  private let opaque: UnsafeMutableRawPointer

  init(
    _ record: OutgoingBatch.Record, _ topic: TopicHandle, _ bytes: UnsafeRawBufferPointer,
    _ opaque: UnsafeMutableRawPointer
  ) {
    self.topic = topic.pointer
    self.opaque = opaque
    partition = record.partition
    key = record.hasKey ? Self.part(bytes, record.start, record.keyEnd) : nil
    value = record.hasValue ? Self.part(bytes, record.keyEnd, record.end) : nil
  }

  /// Copies the record into the queue. Does not block.
  func enqueue(_ handle: ClientHandle, _ headers: [RecordHeader]?) -> rd_kafka_resp_err_t {
    if let headers { return enqueue(handle, withHeaders: headers) }
    // F_COPY: librdkafka allocates room for its own message anyway, and the batch's buffer is the caller's again.
    let outcome = rd_kafka_produce(
      topic, partition, RD_KAFKA_MSG_F_COPY, UnsafeMutableRawPointer(mutating: value?.baseAddress), value?.count ?? 0,
      key?.baseAddress, key?.count ?? 0, opaque)
    return outcome == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error()
  }

  private func enqueue(_ handle: ClientHandle, withHeaders headers: [RecordHeader]) -> rd_kafka_resp_err_t {
    let list = rd_kafka_headers_new(headers.count)
    for header in headers {
      let code = add(header, to: list)
      if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        rd_kafka_headers_destroy(list)
        return code
      }
    }
    // The list is librdkafka's once the record is enqueued, and stays ours if it is not.
    if let error = rd_kafka_produceva(handle.pointer, arguments(list), 7) {
      defer { rd_kafka_error_destroy(error) }
      rd_kafka_headers_destroy(list)
      return rd_kafka_error_code(error)
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR
  }

  private func add(_ header: RecordHeader, to list: OpaquePointer?) -> rd_kafka_resp_err_t {
    guard let value = header.value else { return rd_kafka_header_add(list, header.name, -1, nil, 0) }
    return value.withUnsafeBytes { bytes in
      rd_kafka_header_add(list, header.name, -1, Self.nonNull(bytes).baseAddress, bytes.count)
    }
  }

  private func arguments(_ headers: OpaquePointer?) -> [rd_kafka_vu_t] {
    var arguments = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 7)
    arguments[0].vtype = RD_KAFKA_VTYPE_RKT
    arguments[0].u.rkt = topic
    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
    arguments[1].u.i32 = partition
    arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
    arguments[2].u.i = RD_KAFKA_MSG_F_COPY
    arguments[3].vtype = RD_KAFKA_VTYPE_VALUE
    arguments[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: value?.baseAddress)
    arguments[3].u.mem.size = value?.count ?? 0
    arguments[4].vtype = RD_KAFKA_VTYPE_KEY
    arguments[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: key?.baseAddress)
    arguments[4].u.mem.size = key?.count ?? 0
    arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE
    arguments[5].u.ptr = opaque
    arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS
    arguments[6].u.headers = headers
    return arguments
  }

  private static func part(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    nonNull(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
  }

  /// Empty is not null: librdkafka takes a null address for "none", and an empty array may have it.
  private static func nonNull(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    bytes.baseAddress == nil ? UnsafeRawBufferPointer(start: emptyAddress, count: 0) : bytes
  }

  nonisolated(unsafe) private static let emptyAddress = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))  // Never read, never written, never freed.
}
