import JSON
import Kafka
import Messages

extension OutgoingBatch {
  /// Adds a message to its topic, under its own key.
  @inlinable
  public mutating func append<Body: Message>(_ message: Body, to topic: Topic<Body>) {
    guard message.format == .one, let key = message.key else {
      return append(message, to: topic, key: message.key?.utf8)
    }
    append(to: topic.name, key: key) { bytes in JSONWriter.append(to: &bytes) { message.write(to: &$0) } }
  }

  /// Adds a message to its topic, under a key, and with its format's header where it is not of the first.
  public mutating func append<Body: Message>(
    _ message: Body, to topic: Topic<Body>, key: (some Collection<UInt8>)?
  ) {
    let format = message.format
    append(to: topic.name, key: key, headers: format == .one ? [] : [RecordHeader(format)]) { bytes in
      JSONWriter.append(to: &bytes) { message.write(to: &$0) }
    }
  }

  /// Why a record that is too large for the broker is rejected.
  public func reason(ofTooLarge record: Int, rejected: Topic<Rejection>) -> String {
    let topic = topic(of: record)
    return Rejection.reason(ofTooLarge: value(of: record), for: topic, isRejection: topic == rejected.name)
  }
}

extension RecordHeader {
  /// The header that names a format.
  public init(_ format: MessageFormat) { self.init(MessageFormat.header, Array(format.rawValue.utf8)) }
}
