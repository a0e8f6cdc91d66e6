import Foundation
import Postgres

/// One message that got no answer, with the bytes as they came.
public struct RejectionRow: Sendable, Equatable {
  /// The topic that the message stood in.
  public let topic: String
  /// Its partition there.
  public let partition: Int
  /// Its offset in the partition.
  public let offset: Int
  /// Where it could be read.
  public let task: String?
  /// Where it could be read.
  public let id: String?
  /// A sentence for who mends it.
  public let reason: String
  /// `nil` for a tombstone; cut off where `isTruncated`.
  public let payload: [UInt8]?
  /// Whether `payload` is only the message's beginning.
  public let isTruncated: Bool
  /// Bytes of the message as it came.
  public let originalSize: Int
  /// What went wrong at each attempt, oldest first.
  public let attempts: [String]
  /// What the message's header said of its format, where it had one.
  public let format: String?
  /// When the worker gave it up.
  public let rejectedAt: Date

  /// A row from plain fields. Whatever they hold can be stored: U+0000 in texts becomes U+FFFD, and what is longer than
  /// a message of ours ever makes it is cut.
  public init(
    topic: String, partition: Int, offset: Int, task: String? = nil, id: String? = nil, reason: String,
    payload: [UInt8]?, isTruncated: Bool = false, originalSize: Int? = nil, attempts: [String] = [],
    format: String? = nil, rejectedAt: Date
  ) {
    var nulls = NullReplacement()
    func clean(_ text: String, _ most: Int) -> String { nulls.clean(text).cut(toBytes: most) }
    self.topic = clean(topic, Self.longestTopic)
    self.partition = partition
    self.offset = offset
    self.task = task.map { clean($0, Self.longestText) }
    self.id = id.map { clean($0, Self.longestText) }
    self.reason = clean(reason, Self.longestText)
    self.payload = payload.map { Array($0.prefix(Self.longestPayload)) }
    self.isTruncated = isTruncated || (payload?.count ?? 0) > Self.longestPayload
    self.originalSize = originalSize ?? payload?.count ?? 0
    self.attempts = attempts.prefix(Self.mostAttempts).map { clean($0, Self.longestText) }
    self.format = format.map { clean($0, Self.longestText) }
    self.rejectedAt = rejectedAt
  }

  /// Bytes of a topic's name: it is part of the key, of which an index takes 2,704. Kafka's names have 249 at most.
  static let longestTopic = 512
  /// Bytes of a task, an id, a reason, an attempt.
  static let longestText = 4096
  /// Bytes of a payload.
  static let longestPayload = 1 << 20
  static let mostAttempts = 100

  /// The row with only the beginning of its payload.
  public func withPayload(cutTo most: Int) -> RejectionRow {
    RejectionRow(
      topic: topic, partition: partition, offset: offset, task: task, id: id, reason: reason,
      payload: payload.map { Array($0.prefix(most)) }, isTruncated: isTruncated || (payload?.count ?? 0) > most,
      originalSize: originalSize, attempts: attempts, format: format, rejectedAt: rejectedAt)
  }

  /// What is left of a row that the database refuses: where the message stood, and why nothing else is kept.
  func minimal(_ error: PostgresError) -> RejectionRow {
    RejectionRow(
      topic: topic, partition: partition, offset: offset,
      reason: "its rejection cannot be stored: \(error)", payload: nil, isTruncated: true, originalSize: originalSize,
      rejectedAt: Date())
  }
}

/// A rejection that is stored.
public struct StoredRejection: Sendable, Equatable {
  /// The store's own number; rejections are read in its order.
  public let number: Int
  /// What was rejected.
  public let row: RejectionRow
  /// When its sample was put back into the topic; `nil` while it was not.
  public let replayedAt: Date?
}
