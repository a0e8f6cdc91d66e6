import JSON

/// Turns a Kafka message's bytes into what it carries, or says in words why it cannot.
public final class MessageDecoder {
  private let parser: JSONParser

  /// A decoder with a parser of its own; not for two threads at once.
  /// - Throws: `JSONError` where there is no memory for it.
  public init() throws(JSONError) { parser = try JSONParser() }

  /// Reads a message.
  /// - Parameters:
  ///   - value: the message's value; `nil` for a tombstone.
  ///   - format: the header `MessageFormat.header`, where there is one.
  ///   - read: makes the value from its JSON.
  /// - Throws: `JSONError` with the reason, naming the field where one is wrong.
  public func decode<Message>(
    _ value: UnsafeRawBufferPointer?, format: UnsafeRawBufferPointer? = nil,
    _ read: (JSONValue) throws(JSONError) -> Message
  ) throws(JSONError) -> Message {
    if let format, !format.elementsEqual(MessageFormat.version.utf8) {
      let name = String(decoding: format, as: UTF8.self)
      throw JSONError("format \(name) is not known; this version reads format \(MessageFormat.version)")
    }
    guard let value else { throw JSONError("the message has no value (a tombstone)") }
    do {
      return try parser.parse(value) { try read($0) }
    } catch let error as JSONError {
      throw error
    } catch {
      throw JSONError("\(error)")
    }
  }
}
