import JSON
import Kafka
import Messages

/// Reads hard samples from a batch, and rejects what is none.
final class HardSampleReader {
  /// What a batch holds.
  struct Reading {
    var items: [HardItem] = []
    var rejections = OutgoingBatch()
    var rejected: [(place: TopicPartition, offset: Int64, generation: Int)] = []
  }

  private let decoder: MessageDecoder
  private let topics: Topics

  init(topics: Topics) throws {
    decoder = try MessageDecoder()
    self.topics = topics
  }

  func read(_ batch: ConsumedBatch) -> Reading {
    var reading = Reading()
    batch.forEach { _, message in
      let partition = message.partition
      do throws(JSONError) {
        let hard = try decoder.decode(message.value, format: message.header(MessageFormat.header)) {
          json throws(JSONError) in try HardSample(json: json)
        }
        reading.items.append(
          HardItem(
            hard: hard, place: partition.topicPartition, offset: message.offset, generation: partition.generation))
      } catch {
        reject(message, error.description, &reading)
      }
    }
    return reading
  }

  private func reject(_ message: borrowing ConsumedMessage, _ reason: String, _ reading: inout Reading) {
    let partition = message.partition
    let keys = decoder.keys(of: message.value)
    let rejection = Rejection(
      reason: reason, topic: partition.topicPartition.topic, partition: partition.topicPartition.partition,
      offset: message.offset, task: keys.task, id: keys.id, value: message.value, rejectedAt: .now)
    reading.rejections.append(to: topics.rejected, key: message.key?.prefix(Sample.longestKey)) { bytes in
      JSONWriter.append(to: &bytes) { rejection.write(to: &$0) }
    }
    reading.rejected.append((partition.topicPartition, message.offset, partition.generation))
  }
}
