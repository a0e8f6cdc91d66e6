import Content
import JSON

/// One input of a task, as a producer pushes it.
///
///     {"id": "a-1", "task": "sections", "text": "a text editor", "category": "stable", "label": "editors"}
public struct Sample: Message, Equatable {
  /// Unique within the task; also the message's key.
  public var id: String
  /// The task's name.
  public var task: String
  /// What is asked about.
  public var input: Input
  /// A free grouping that analysts use.
  public var category: String?
  /// What is right, where the producer knows it; for scoring and validation.
  public var truth: Truth?
  /// When the producer made it.
  public var producedAt: Timestamp?
  /// Whether characters of its text or category that are none were replaced by U+FFFD. It is no field of a sample's own
  /// JSON, where a producer may have one of any name: it travels beside it.
  public var hasReplacedText = false

  /// A sample.
  public init(
    id: String, task: String, input: Input, category: String? = nil, truth: Truth? = nil, producedAt: Timestamp? = nil
  ) {
    self.id = id
    self.task = task
    self.input = input
    self.category = category
    self.truth = truth
    self.producedAt = producedAt
  }

  /// A sample that is a text, with the label that is right.
  public init(
    id: String, task: String, text: String, category: String? = nil, label: String? = nil, producedAt: Timestamp? = nil
  ) {
    self.init(
      id: id, task: task, input: .text(text), category: category, truth: label.map(Truth.label), producedAt: producedAt)
  }

  /// The sample's id.
  public var key: String? { id }

  /// 2 for an image, or captions.
  public var format: MessageFormat {
    if case .captions = truth { return .two }
    return input.image == nil ? .one : .two
  }

  /// Reads a sample; unknown fields are left out, and of a field that is there twice the first is read.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue, format: MessageFormat = .one) throws(JSONError) {
    guard json.isObject else {
      throw JSONError("the message is a JSON \(json.kind); it must be an object, one sample a message")
    }
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    input = try json.requiredInput(format)
    category = try json.filledString("category")
    truth = try json.truth(format, label: "label", captions: "captions")
    producedAt = try json.optionalProductionTime("produced_at")
  }

  /// Writes the sample as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.members(input)
    writer.member("category", category)
    writer.member(truth, label: "label", captions: "captions")
    writer.member("produced_at", producedAt)
    writer.endObject()
  }
}
