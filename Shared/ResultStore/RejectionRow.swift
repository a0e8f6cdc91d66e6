import Foundation

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
  /// When the worker gave it up.
  public let rejectedAt: Date

  /// A row from plain fields; U+0000 in texts becomes U+FFFD, the payload stays as it is.
  public init(
    topic: String, partition: Int, offset: Int, task: String? = nil, id: String? = nil, reason: String,
    payload: [UInt8]?, isTruncated: Bool = false, originalSize: Int? = nil, attempts: [String] = [], rejectedAt: Date
  ) {
    var nulls = NullReplacement()
    self.topic = nulls.clean(topic)
    self.partition = partition
    self.offset = offset
    self.task = task.map { nulls.clean($0) }
    self.id = id.map { nulls.clean($0) }
    self.reason = nulls.clean(reason)
    self.payload = payload
    self.isTruncated = isTruncated
    self.originalSize = originalSize ?? payload?.count ?? 0
    self.attempts = attempts.map { nulls.clean($0) }
    self.rejectedAt = rejectedAt
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
