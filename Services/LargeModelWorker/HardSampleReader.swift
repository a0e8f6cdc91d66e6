import JSON
import Kafka
import Messages

/// Reads hard samples from a batch, and rejects what is none.
final class HardSampleReader {
  /// What a batch holds.
  struct Reading {
    var items: [HardItem] = []
    var rejections = OutgoingBatch()
    var rejected: [(place: TopicPartition, offset: Int64, generation: Int, index: Int, reason: String)] = []
  }

  private let decoder: MessageDecoder
  private let topics: Topics

  init(topics: Topics) throws {
    decoder = try MessageDecoder()
    self.topics = topics
  }

  func read(_ batch: ConsumedBatch) -> Reading {
    var reading = Reading()
    batch.forEach { index, message in
      let partition = message.partition
      do throws(JSONError) {
        let hard = try decoder.decode(message.value, format: message.header(MessageFormat.header)) {
          json throws(JSONError) in try HardSample(json: json)
        }
        reading.items.append(
          HardItem(
            hard: hard, place: partition.topicPartition, offset: message.offset, generation: partition.generation,
            size: message.value?.count ?? 0))
      } catch {
        let partition = message.partition
        reject(message, error.description, &reading.rejections)
        reading.rejected.append(
          (partition.topicPartition, message.offset, partition.generation, index, error.description))
      }
    }
    return reading
  }

  /// Small rejections of messages whose own are too large for the broker.
  /// - Parameter records: positions among the reading's rejections.
  func smallRejections(of records: [Int], in reading: Reading, of batch: ConsumedBatch) -> OutgoingBatch {
    var small = OutgoingBatch()
    for record in records {
      let value = reading.rejections.value(of: record)
      let reason = Rejection.reason(ofTooLarge: value, for: topics.rejected, isRejection: true)
      batch.withMessage(at: reading.rejected[record].index) { message in
        reject(message, reason, &small, maximumPayload: Rejection.smallPayload)
      }
    }
    return small
  }

  private func reject(
    _ message: borrowing ConsumedMessage, _ reason: String, _ outgoing: inout OutgoingBatch,
    maximumPayload: Int = Rejection.maximumPayload
  ) {
    let place = message.partition.topicPartition
    let keys = decoder.keys(of: message.value)
    let rejection = Rejection(
      reason: reason, topic: place.topic, partition: place.partition, offset: message.offset, task: keys.task,
      id: keys.id, value: message.value, maximumPayload: maximumPayload, rejectedAt: .now)
    outgoing.append(to: topics.rejected, key: message.key?.prefix(Sample.longestKey)) { bytes in
      JSONWriter.append(to: &bytes) { rejection.write(to: &$0) }
    }
  }
}
