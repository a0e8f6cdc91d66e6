import Kafka

/// A message, copied.
public struct KafkaRecord: Sendable, Equatable {
  /// Where it was read.
  public var partition: TopicPartition
  /// Its offset there.
  public var offset: Int64
  /// Milliseconds since 1970.
  public var timestamp: Int64?
  /// Its key, if it has one.
  public var key: [UInt8]?
  /// Its value; `nil` for a tombstone.
  public var value: [UInt8]?
  /// Its headers, in order.
  public var headers: [RecordHeader]

  /// The value as text.
  public var text: String { String(decoding: value ?? [], as: UTF8.self) }
}

extension ConsumedBatch {
  /// All messages, copied.
  public func records() -> [KafkaRecord] {
    var records: [KafkaRecord] = []
    forEach { _, message in
      records.append(
        KafkaRecord(
          partition: message.partition.topicPartition, offset: message.offset, timestamp: message.timestamp,
          key: message.key.map { Array($0) }, value: message.value.map { Array($0) }, headers: message.headers()))
    }
    return records
  }
}

extension Consumer {
  /// Polls until `isDone` says so.
  /// - Throws: `Overdue` after `limit`.
  public nonisolated func collect(
    within limit: Duration = .seconds(40), until isDone: ([KafkaRecord]) -> Bool
  ) async throws -> [KafkaRecord] {
    let deadline = ContinuousClock.now + limit
    var records: [KafkaRecord] = []
    while !isDone(records) {
      if ContinuousClock.now >= deadline { throw Overdue(what: "\(records.count) records so far") }
      records += try await nextBatch(maximum: 10_000, wait: .milliseconds(200)).records()
    }
    return records
  }

  /// Polls until `count` messages are there.
  public nonisolated func collect(_ count: Int) async throws -> [KafkaRecord] {
    try await collect { $0.count >= count }
  }
}
