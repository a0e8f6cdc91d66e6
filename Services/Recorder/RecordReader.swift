import Foundation
import JSON
import Kafka
import Messages
import ResultStore

/// Reads a batch of `results` and `rejected` into rows. A message that is neither becomes a rejection itself.
final class RecordReader {
  /// What a batch holds.
  struct Reading: Sendable {
    var results = EncodedResults([])
    /// Where the message of each result stood in the batch.
    var origins: [Int] = []
    var rejections: [RejectionRow] = []
    /// Messages that are neither, and became rejections here.
    var unreadable = 0
    /// Rejections of which only the beginning is kept, because too much is rejected.
    var cutShort = 0
    /// Whether that begins in this batch, in this minute.
    var isFlooded = false
  }

  private var rejectedBytes: RejectedBytes
  private let topics: Topics
  private let decoder: MessageDecoder

  init(topics: Topics, rejectedBytesPerMinute: Int = .max) throws {
    self.topics = topics
    rejectedBytes = RejectedBytes(perMinute: rejectedBytesPerMinute)
    decoder = try MessageDecoder()
  }

  func read(_ batch: ConsumedBatch) -> Reading {
    var reading = Reading()
    var rows: [ResultRow] = []
    rows.reserveCapacity(batch.count)
    reading.origins.reserveCapacity(batch.count)
    batch.forEach { index, message in
      do throws(JSONError) {
        try read(message, index, into: &reading, &rows)
      } catch {
        reading.unreadable += 1
        let keys = decoder.keys(of: message.value)
        reading.rejections.append(Self.rejection(of: message, keys.task, keys.id, reason: error.description))
      }
    }
    reading.results = EncodedResults(rows)
    cutShort(&reading, now: Timestamp.now.milliseconds)
    return reading
  }

  private func cutShort(_ reading: inout Reading, now: Int64) {
    for index in reading.rejections.indices {
      guard !rejectedBytes.admits(reading.rejections[index].payload?.count ?? 0, at: now) else { continue }
      reading.rejections[index] = reading.rejections[index].withPayload(cutTo: RejectedBytes.beginning)
      reading.cutShort += 1
      if rejectedBytes.refused == 1 { reading.isFlooded = true }
    }
  }

  private func read(
    _ message: borrowing ConsumedMessage, _ index: Int, into reading: inout Reading, _ rows: inout [ResultRow]
  ) throws(JSONError) {
    let format = message.header(MessageFormat.header)
    if message.partition.topicPartition.topic == topics.results {
      let answer = try decoder.decode(message.value, format: format) { json throws(JSONError) in
        try Answer(json: json)
      }
      rows.append(ResultRow(answer))
      reading.origins.append(index)
    } else {
      let rejection = try decoder.decode(message.value, format: format) { json throws(JSONError) in
        try Rejection(json: json)
      }
      reading.rejections.append(RejectionRow(rejection))
    }
  }

  /// The rejections of results that the database refuses, each with its message as it came.
  static func rejections(of refused: [RefusedRow], in batch: ConsumedBatch, _ reading: Reading) -> [RejectionRow] {
    refused.map { refusal in
      batch.withMessage(at: reading.origins[refusal.place]) {
        rejection(of: $0, refusal.row.task, refusal.row.id, reason: refusal.reason)
      }
    }
  }

  private static func rejection(
    of message: borrowing ConsumedMessage, _ task: String?, _ id: String?, reason: String
  ) -> RejectionRow {
    let place = message.partition.topicPartition
    return RejectionRow(
      Rejection(
        reason: reason, topic: place.topic, partition: place.partition, offset: message.offset, task: task, id: id,
        value: message.value, rejectedAt: .now))
  }
}
