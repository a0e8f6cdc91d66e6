import JSON
import Kafka
import Messages
import Streams

/// Reads hard samples from a batch, and rejects what is none.
final class HardSampleReader {
  /// What a batch holds.
  struct Reading {
    var items: [HardItem] = []
    var rejections = OutgoingBatch()
    var rejected: [Rejected] = []
  }

  /// A message that is no hard sample.
  struct Rejected {
    /// Where it stood in the batch.
    let index: Int
    let place: TopicPartition
    let offset: Int64
    let generation: Int
    let reason: String
  }

  private let reader: MessageReader
  private let topics: Topics

  init(topics: Topics) throws {
    reader = try MessageReader()
    self.topics = topics
  }

  func read(_ batch: ConsumedBatch) -> Reading {
    var reading = Reading()
    batch.forEach { index, message in
      let partition = message.partition
      do throws(JSONError) {
        reading.items.append(
          HardItem(
            hard: try reader.read(message), place: partition.topicPartition, offset: message.offset,
            generation: partition.generation, size: message.value?.count ?? 0))
      } catch {
        reading.rejections.append(
          reader.rejection(of: message, reason: error.description), of: message, to: topics.rejected)
        reading.rejected.append(
          Rejected(
            index: index, place: partition.topicPartition, offset: message.offset, generation: partition.generation,
            reason: error.description))
      }
    }
    return reading
  }

  /// Small rejections of messages whose own are too large for the broker.
  /// - Parameter records: positions among the reading's rejections.
  func smallRejections(of records: [Int], in reading: Reading, of batch: ConsumedBatch) -> OutgoingBatch {
    var small = OutgoingBatch()
    for record in records {
      let reason = reading.rejections.reason(ofTooLarge: record, rejected: topics.rejected)
      batch.withMessage(at: reading.rejected[record].index) { message in
        small.append(
          reader.rejection(of: message, reason: reason, maximumPayload: Rejection.smallPayload), of: message,
          to: topics.rejected)
      }
    }
    return small
  }
}
