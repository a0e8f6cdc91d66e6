import JSON

/// What a topic's records carry.
public protocol Message: Sendable {
  /// The record's key, which keeps a sample in one partition; `nil` where it is not known.
  var key: String? { get }
  /// The oldest format that can say it, in which it is written: so a worker that is older than this one reads whatever
  /// it could have written itself.
  var format: MessageFormat { get }
  /// Reads a message.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  init(json: JSONValue, format: MessageFormat) throws(JSONError)
  /// Writes the message as a JSON object.
  func write(to writer: inout JSONWriter)
}

/// A topic: its name, and what its messages are.
public struct Topic<Body: Message>: Sendable, Equatable {
  /// As the broker knows it.
  public let name: String
}
