import Foundation
import JSON
import Kafka
import Messages
import ResultStore
import Streams

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
  private let reader: MessageReader

  init(topics: Topics, rejectedBytesPerMinute: Int = .max) throws {
    self.topics = topics
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
    if message.partition.topicPartition.topic == topics.results.name {
      rows.append(ResultRow(try reader.read(message, as: Answer.self)))
      reading.origins.append(index)
    } else {
      reading.rejections.append(RejectionRow(try reader.read(message, as: Rejection.self)))
    }
  }

  /// The rejections of results that the database refuses, each with its message as it came.
  static func rejections(of refused: [RefusedRow], in batch: ConsumedBatch, _ reading: Reading) -> [RejectionRow] {
    refused.map { refusal in
      batch.withMessage(at: reading.origins[refusal.place]) { message in
        RejectionRow(Rejection(of: message, task: refusal.row.task, id: refusal.row.id, reason: refusal.reason))
      }
    }
  }
}
