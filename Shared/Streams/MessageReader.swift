import JSON
import Kafka
import Messages

/// Reads what a consumer takes, and makes the rejections of what it cannot read. Not for two threads at once.
public final class MessageReader {
  private let decoder: MessageDecoder

  /// A reader with a parser of its own.
  /// - Throws: `JSONError` where there is no memory for it.
  public init() throws(JSONError) { decoder = try MessageDecoder() }

  /// The fields of the message read last in which characters that are none were replaced by U+FFFD.
  public var replacedFields: [String] { decoder.replacedFields }

  /// Reads a message, in whichever format its header names.
  /// - Throws: `JSONError` with the reason, naming the field where one is wrong.
  public func read<Body: Message>(
    _ message: borrowing ConsumedMessage, as kind: Body.Type = Body.self
  ) throws(JSONError) -> Body {
    try decoder.decode(message.value, format: message.header(MessageFormat.header), as: kind)
  }

  /// The rejection of a message, with what can be read of its task and id.
  public func rejection(
    of message: borrowing ConsumedMessage, reason: String, maximumPayload: Int = Rejection.maximumPayload,
    now: Timestamp = .now
  ) -> Rejection {
    let keys = decoder.keys(of: message.value)
    return Rejection(
      of: message, task: keys.task, id: keys.id, reason: reason, maximumPayload: maximumPayload, now: now)
  }
}
