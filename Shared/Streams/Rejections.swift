import JSON
import Kafka
import Messages

extension Rejection {
  /// The rejection of a message whose task and id are known.
  public init(
    of message: borrowing ConsumedMessage, task: String?, id: String?, reason: String,
    maximumPayload: Int = Rejection.maximumPayload, now: Timestamp = .now
  ) {
    let place = message.partition.topicPartition
    self.init(
      reason: reason, topic: place.topic, partition: place.partition, offset: message.offset, task: task, id: id,
      value: message.value,
      format: message.header(MessageFormat.header).map { String(decoding: $0.prefix(1_000), as: UTF8.self) },
      maximumPayload: maximumPayload, rejectedAt: now)
  }
}

extension Rejection {
  /// The rejection of a sample that could be read, and got no answer.
  public init(
    of sample: Sample, at place: TopicPartition, offset: Int64, reason: String, attempts: [String],
    maximumPayload: Int = Rejection.maximumPayload
  ) {
    var payload = JSONWriter()
    sample.write(to: &payload)
    self = payload.bytes.withUnsafeBytes { value in
      Rejection(
        reason: reason, topic: place.topic, partition: place.partition, offset: offset, task: sample.task,
        id: sample.id, value: value, format: sample.format == .one ? nil : sample.format.rawValue,
        maximumPayload: maximumPayload, attempts: attempts, rejectedAt: .now)
    }
  }
}

extension OutgoingBatch {
  /// Adds a message's rejection, under the message's own key, so that it goes where its sample's answer would.
  public mutating func append(
    _ rejection: Rejection, of message: borrowing ConsumedMessage, to topic: Topic<Rejection>
  ) {
    append(rejection, to: topic, key: message.key?.prefix(Sample.longestKey))
  }
}
