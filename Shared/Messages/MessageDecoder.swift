import JSON

/// Turns a Kafka message's bytes into what it carries, or says in words why it cannot.
public final class MessageDecoder {
  private let parser: JSONParser

  /// A decoder with a parser of its own; not for two threads at once.
  /// - Throws: `JSONError` where there is no memory for it.
  public init() throws(JSONError) { parser = try JSONParser() }

  /// The fields of the last message in which characters that are none were replaced by U+FFFD.
  public var replacedFields: [String] { parser.replaced }

  /// Reads a message.
  /// - Parameters:
  ///   - value: the message's value; `nil` for a tombstone.
  ///   - format: the header `MessageFormat.header`, where there is one.
  /// - Throws: `JSONError` with the reason, naming the field where one is wrong.
  public func decode<Body: Message>(
    _ value: UnsafeRawBufferPointer?, format: UnsafeRawBufferPointer? = nil, as kind: Body.Type = Body.self
  ) throws(JSONError) -> Body {
    try decode(value, format: try MessageFormat(header: format)) { json, format throws(JSONError) in
      try Body(json: json, format: format)
    }
  }

  /// Reads whatever `read` makes of a message's JSON.
  /// - Parameter format: the header's text, where there is one.
  public func decode<Value>(
    _ value: UnsafeRawBufferPointer?, format: String?, _ read: (JSONValue, MessageFormat) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    try decode(value, format: try MessageFormat(header: format), read)
  }

  private func decode<Value>(
    _ value: UnsafeRawBufferPointer?, format: MessageFormat,
    _ read: (JSONValue, MessageFormat) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    guard let value else { throw JSONError("the message has no value (a tombstone)") }
    do {
      return try parser.parse(value) { json in
        do throws(JSONError) {
          return try read(json, format)
        } catch {
          throw Unreadable(reason: ForeignFormat(json: json).map { JSONError($0.reason) } ?? error)
        }
      }
    } catch let error as Unreadable {
      throw error.reason
    } catch {
      throw ForeignFormat(bytes: value).map { JSONError($0.reason) } ?? error as? JSONError ?? JSONError("\(error)")
    }
  }

  /// JSON, but not what was to be read.
  private struct Unreadable: Error {
    let reason: JSONError
  }

  /// What can be read of a message's task and id, whatever else is wrong with it: each cut to `Sample.longestKey`.
  public func keys(of value: UnsafeRawBufferPointer?) -> (task: String?, id: String?) {
    guard var value else { return (nil, nil) }
    // JSON behind a schema registry's frame.
    if value.count > 5, value[0] == 0 { value = UnsafeRawBufferPointer(rebasing: value[5...]) }
    do {
      return try parser.parseBeginning(value) { json in
        let places = [json, json["sample"], json["payload"], json["after"], json["payload"]?["after"], json["data"]]
        let holder = places.lazy.compactMap { $0 }.first { $0["id"] != nil || $0["task"] != nil }
        return (holder?["task"]?.key, holder?["id"]?.key)
      }
    } catch {
      return (nil, nil)  // Nothing of it is JSON.
    }
  }
}

extension JSONValue {
  /// A text, or a whole number as text, as keys are shown of samples that were refused.
  fileprivate var key: String? { (string ?? integer.map(String.init))?.cut(toBytes: Sample.longestKey) }
}
