import Content
import JSON

/// One input of a task, as a producer pushes it.
///
///     {"id": "a-1", "task": "sections", "text": "a text editor", "category": "stable", "label": "editors"}
public struct Sample: Sendable, Equatable {
  /// Unique within the task; also the message's key.
  public var id: String
  /// The task's name.
  public var task: String
  /// What is asked about.
  public var input: Input
  /// A free grouping that analysts use.
  public var category: String?
  /// The ground truth, where the producer knows it; for scoring and validation.
  public var label: String?
  /// When the producer made it.
  public var producedAt: Timestamp?
  /// Whether characters of its text or category that are none were replaced by U+FFFD. It is no field of a sample's own
  /// JSON, where a producer may have one of any name: it travels beside it.
  public var hasReplacedText = false

  /// A sample.
  public init(
    id: String, task: String, input: Input, category: String? = nil, label: String? = nil, producedAt: Timestamp? = nil
  ) {
    self.id = id
    self.task = task
    self.input = input
    self.category = category
    self.label = label
    self.producedAt = producedAt
  }

  /// A sample that is a text.
  public init(
    id: String, task: String, text: String, category: String? = nil, label: String? = nil, producedAt: Timestamp? = nil
  ) {
    self.init(id: id, task: task, input: .text(text), category: category, label: label, producedAt: producedAt)
  }

  /// Reads a sample; unknown fields are left out, and of a field that is there twice the first is read.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue) throws(JSONError) {
    guard json.isObject else {
      throw JSONError("the message is a JSON \(json.kind); it must be an object, one sample a message")
    }
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    input = .text(try json.requiredString("text"))
    category = try json.filledString("category")
    label = try json.filledString("label")
    producedAt = try json.optionalProductionTime("produced_at")
  }

  /// Writes the sample as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.member("text", input.text)
    writer.member("category", category)
    writer.member("label", label)
    writer.member("produced_at", producedAt)
    writer.endObject()
  }
}

extension JSONValue {
  /// A string where there is one with something in it: files without a value have an empty one.
  fileprivate func filledString(_ key: StaticString) throws(JSONError) -> String? {
    guard let text = try optionalString(key), !text.isEmpty else { return nil }
    return text
  }
}

extension JSONWriter {
  /// Writes a member where it is true.
  mutating func member(_ name: StaticString, ifTrue flag: Bool) {
    guard flag else { return }
    key(name)
    bool(true)
  }

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
