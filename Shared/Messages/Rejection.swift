import Foundation
import JSON

/// A message that could not be read, or a sample that could not be answered, with the reason.
public struct Rejection: Message, Equatable {
  /// Why, in words.
  public var reason: String
  /// Where the message stood.
  public var topic: String
  /// Its partition.
  public var partition: Int32
  /// Its offset.
  public var offset: Int64
  /// The sample's task, where it could be read.
  public var task: String?
  /// The sample's id, where it could be read.
  public var id: String?
  /// The message's value as it came, cut at `maximumPayload`; `nil` for a tombstone.
  public var payload: [UInt8]?
  /// How many bytes the value had.
  public var size: Int
  /// What every attempt at an answer failed with, in their order.
  public var attempts: [String]
  /// What the message's header `MessageFormat.header` said, where it had one; a replay sends it again.
  public var payloadFormat: String?
  /// When it was rejected.
  public var rejectedAt: Timestamp

  /// So many bytes of a value are kept. With what the limits below leave of the rest, a rejection comes to 600 kB at most,
  /// which fits a broker's usual limit of 1 MB, even where each byte of a text must be escaped by six.
  public static let maximumPayload = 256 << 10
  /// So many where the broker took the record for too large: such a rejection comes to 250 kB at most.
  public static let smallPayload = 1 << 10
  /// Bytes of a reason, of an attempt, and of a topic's name, each; and how many attempts are kept, the first ones.
  static let (longestReason, longestAttempt, longestTopic, mostAttempts) = (1_000, 1_000, 300, 32)
  /// Bytes of the format's header.
  static let longestFormat = 100

  /// The id, where it could be read.
  public var key: String? { id }

  /// Every version reads it.
  public var format: MessageFormat { .one }

  /// Whether the payload was cut.
  public var isTruncated: Bool { (payload?.count ?? 0) < size }

  /// A rejection of a value. All that a producer or a server may have made long is cut.
  public init(
    reason: String, topic: String, partition: Int32, offset: Int64, task: String? = nil, id: String? = nil,
    value: UnsafeRawBufferPointer?, format: String? = nil, maximumPayload: Int = maximumPayload,
    attempts: [String] = [], rejectedAt: Timestamp
  ) {
    self.reason = reason.cut(toBytes: Self.longestReason)
    self.topic = topic.cut(toBytes: Self.longestTopic)
    self.partition = partition
    self.offset = offset
    self.task = task?.cut(toBytes: Sample.longestKey)
    self.id = id?.cut(toBytes: Sample.longestKey)
    payload = value.map { Array($0.prefix(maximumPayload)) }
    size = value?.count ?? 0
    self.attempts = attempts.prefix(Self.mostAttempts).map { $0.cut(toBytes: Self.longestAttempt) }
    payloadFormat = format?.cut(toBytes: Self.longestFormat)
    self.rejectedAt = rejectedAt
  }

  /// The reason of the small rejection that stands for a record that is too large for the broker.
  /// - Parameter isRejection: whether the record is a rejection itself, which keeps its reason.
  public static func reason(
    ofTooLarge value: some Collection<UInt8>, for topic: String, isRejection: Bool
  ) -> String {
    let size = "the record for the topic \(topic) has \(value.count) bytes, more than the broker takes"
    let remedy = "raise the topic's max.message.bytes, or send shorter texts"
    guard isRejection else { return "\(size); \(remedy)" }
    do {
      let decoder = try MessageDecoder()
      let rejection = try Array(value).withUnsafeBytes { bytes in
        try decoder.decode(bytes, as: Rejection.self)
      }
      return "\(rejection.reason) (\(size), so its bytes are cut; \(remedy))"
    } catch {
      return "\(size); \(remedy)"
    }
  }

  /// Reads a rejection.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue, format: MessageFormat = .one) throws(JSONError) {
    reason = try json.requiredString("reason")
    topic = try json.requiredString("topic")
    let number = try json.requiredInteger("partition")
    guard let partition = Int32(exactly: number) else {
      throw JSONError("field \"partition\" is \(number); it must fit 32 bits")
    }
    self.partition = partition
    offset = try json.requiredInteger("offset")
    task = try json.optionalString("task")
    id = try json.optionalString("id")
    if let text = try json.optionalString("payload") {
      guard let data = Data(base64Encoded: text) else { throw JSONError("field \"payload\" is not base64") }
      payload = Array(data)
    }
    size = try json.requiredCount("size")
    var attempts: [String] = []
    json["attempts"]?.forEachElement { if let text = $0.string { attempts.append(text) } }
    self.attempts = attempts
    payloadFormat = try json.optionalString("format")
    rejectedAt = try json.requiredTimestamp("rejected_at")
  }

  /// Writes the rejection as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("reason", reason)
    writer.member("topic", topic)
    writer.member("partition", Int(partition))
    writer.member("offset", Int(offset))
    writer.member("task", task)
    writer.member("id", id)
    writer.member("payload", payload.map { Data($0).base64EncodedString() })
    writer.member("size", size)
    if !attempts.isEmpty { writer.member("attempts", attempts) }
    writer.member("format", payloadFormat)
    writer.member("rejected_at", rejectedAt)
    writer.endObject()
  }
}
