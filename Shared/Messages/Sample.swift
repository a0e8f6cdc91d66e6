import JSON

/// One input of a task, as a producer pushes it.
///
///     {"id": "a-1", "task": "sections", "text": "a text editor", "category": "stable", "label": "editors"}
public struct Sample: Sendable, Equatable {
  /// Unique within the task; also the message's key.
  public var id: String
  /// The task's name.
  public var task: String
  /// What is to be classified.
  public var text: String
  /// A free grouping that analysts use.
  public var category: String?
  /// The ground truth, where the producer knows it; for scoring and validation.
  public var label: String?
  /// When the producer made it.
  public var producedAt: Timestamp?

  /// A sample.
  public init(
    id: String, task: String, text: String, category: String? = nil, label: String? = nil, producedAt: Timestamp? = nil
  ) {
    self.id = id
    self.task = task
    self.text = text
    self.category = category
    self.label = label
    self.producedAt = producedAt
  }

  /// Reads a sample; unknown fields are left out.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue) throws(JSONError) {
    guard json.isObject else { throw JSONError("the message is a JSON \(json.kind); it must be an object") }
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    text = try json.requiredString("text")
    category = try json.optionalString("category")
    label = try json.optionalString("label")
    producedAt = try json.optionalTimestamp("produced_at")
  }

  /// Bytes that id, task, category and label may have: Postgres indexes them, and they travel in keys.
  public static let longestKey = 512

  /// Refuses what could not be stored once it is answered.
  /// - Throws: `JSONError` naming the field that is too long.
  public func checkKeys() throws(JSONError) {
    let fields = [("id", id), ("task", task), ("category", category ?? ""), ("label", label ?? "")]
    for (name, value) in fields where value.utf8.count > Self.longestKey {
      throw JSONError("field \"\(name)\" has \(value.utf8.count) bytes; at most \(Self.longestKey) are read")
    }
  }

  /// Writes the sample as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.member("text", text)
    writer.member("category", category)
    writer.member("label", label)
    writer.member("produced_at", producedAt)
    writer.endObject()
  }
}

extension JSONValue {
  /// A moment as milliseconds since 1970 or as RFC 3339 text; `nil` where the field is missing.
  func optionalTimestamp(_ key: StaticString) throws(JSONError) -> Timestamp? {
    guard let member = self[key] else { return nil }
    if let milliseconds = member.integer { return Timestamp(milliseconds: milliseconds) }
    guard let text = member.string, let timestamp = Timestamp(rfc3339: text) else {
      throw JSONError("field \"\(key)\" is no time; it must be milliseconds since 1970 or RFC 3339 text")
    }
    return timestamp
  }

  /// A moment that must be there.
  func requiredTimestamp(_ key: StaticString) throws(JSONError) -> Timestamp {
    guard let timestamp = try optionalTimestamp(key) else { throw JSONError("field \"\(key)\" is missing") }
    return timestamp
  }
}

extension JSONWriter {
  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: Timestamp?) {
    guard let value else { return }
    key(name)
    integer(value.milliseconds)
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, probability value: Float?) {
    guard let value else { return }
    key(name)
    probability(value)
  }

  /// Writes a member.
  mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    integer(Int64(value))
  }

  /// Writes a member where there is a value.
  mutating func member(_ name: StaticString, _ value: Float?) {
    guard let value else { return }
    key(name)
    float(value)
  }

  /// Writes a member.
  mutating func member(_ name: StaticString, _ value: Double) {
    key(name)
    double(value)
  }
}
