import Kafka

/// A message, copied.
public struct KafkaRecord: Sendable, Equatable {
  public var partition: TopicPartition
  public var offset: Int64
  public var timestamp: Int64?
  public var key: [UInt8]?
  public var value: [UInt8]?
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

/// A condition that did not come true in time.
public struct Overdue: Error, CustomStringConvertible {
  public let what: String
  public var description: String { "overdue: \(what)" }
}
