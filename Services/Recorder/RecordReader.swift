import Foundation
import JSON
import Kafka
import Messages
import ResultStore
import Streams

/// Reads a batch of `results`, `labels` and `rejected` into rows. A message that is none becomes a rejection itself.
final class RecordReader {
  /// What a batch holds.
  struct Reading: Sendable {
    var results = EncodedResults([])
    /// Where the message of each result stood in the batch.
    var origins: [Int] = []
    var labels: [GoldLabelRow] = []
    /// Where the message of each label stood in the batch.
    var labelOrigins: [Int] = []
    var rejections: [RejectionRow] = []
    /// Messages that are none, and became rejections here.
    var unreadable = 0
    /// Rejections of which only the beginning is kept, because too much is rejected.
    var cutShort = 0
    /// Whether that begins in this batch, in this minute.
    var isFlooded = false
  }

  private var rejectedBytes: RejectedBytes
  private let topics: Topics
  private let replies: TaskReplies
  private let reader: MessageReader

  init(topics: Topics, replies: TaskReplies = TaskReplies(), rejectedBytesPerMinute: Int = .max) throws {
    (self.topics, self.replies) = (topics, replies)
    rejectedBytes = RejectedBytes(perMinute: rejectedBytesPerMinute)
    reader = try MessageReader()
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
        reading.rejections.append(RejectionRow(reader.rejection(of: message, reason: error.description)))
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
    switch message.partition.topicPartition.topic {
    case topics.results.name:
      rows.append(ResultRow(try reader.read(message, as: Answer.self)))
      reading.origins.append(index)
    case topics.labels.name:
      reading.labels.append(try label(message))
      reading.labelOrigins.append(index)
    default:
      reading.rejections.append(RejectionRow(try reader.read(message, as: Rejection.self)))
    }
  }

  private func label(_ message: borrowing ConsumedMessage) throws(JSONError) -> GoldLabelRow {
    let (label, now) = (try reader.read(message, as: GoldLabel.self), Timestamp.now)
    try label.check(replaced: reader.replacedFields, now: now)
    try replies.check(label)
    return GoldLabelRow(label, came: message.timestamp.map { Timestamp(milliseconds: $0) } ?? now)
  }

  /// The rejections of results that the database refuses, each with its message as it came.
  static func rejections(of refused: [RefusedRow], in batch: ConsumedBatch, _ reading: Reading) -> [RejectionRow] {
    refused.map { refusal in
      batch.withMessage(at: reading.origins[refusal.place]) { message in
        RejectionRow(Rejection(of: message, task: refusal.row.task, id: refusal.row.id, reason: refusal.reason))
      }
    }
  }

  /// The same of labels.
  static func rejections(
    of refused: [ResultStore.RefusedLabel], in batch: ConsumedBatch, _ reading: Reading
  ) -> [RejectionRow] {
    refused.map { refusal in
      batch.withMessage(at: reading.labelOrigins[refusal.place]) { message in
        let label = reading.labels[refusal.place]
        return RejectionRow(Rejection(of: message, task: label.task, id: label.id, reason: refusal.reason))
      }
    }
  }
}
