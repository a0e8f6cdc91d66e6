import Content
import JSON

/// What is right for a sample, told apart from it: by a person, or by what became of it later. It may come before the
/// sample's answer or after it, and again: of several the last one counts, by when it was said.
///
///     {"id": "a-1", "task": "sections", "label": "editors", "by": "anna", "labelled_at": "2026-11-24T12:00:00Z"}
public struct GoldLabel: Message, Equatable {
  /// The sample's id; also the message's key.
  public var id: String
  /// The task's name.
  public var task: String
  /// What is right.
  public var truth: Truth
  /// Who says so.
  public var by: String?
  /// When it was said; `nil`: when the message came.
  public var labelledAt: Timestamp?

  /// A label, or captions, for a sample.
  public init(id: String, task: String, truth: Truth, by: String? = nil, labelledAt: Timestamp? = nil) {
    (self.id, self.task, self.truth, self.by, self.labelledAt) = (id, task, truth, by, labelledAt)
  }

  /// The sample's id.
  public var key: String? { id }

  /// Every version that knows the topic reads it.
  public var format: MessageFormat { .one }

  /// Reads a label; unknown fields are left out. No message of this topic is older than captions, so they are read in either
  /// format.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue, format: MessageFormat = .one) throws(JSONError) {
    guard json.isObject else {
      throw JSONError("the message is a JSON \(json.kind); it must be an object, one label a message")
    }
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    guard let truth = try json.truth(.two, label: "label", captions: "captions") else {
      throw JSONError("fields \"label\" and \"captions\" are missing or empty; one of them says what is right")
    }
    self.truth = truth
    by = try json.filledString("by")
    labelledAt = try json.optionalProductionTime("labelled_at")
  }

  /// Writes the label as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.member(truth, label: "label", captions: "captions")
    writer.member("by", by)
    writer.member("labelled_at", labelledAt)
    writer.endObject()
  }

  /// How far ahead of the clock a label may be: one from the future would stand for good.
  private static let clockSkew = Timestamp.day

  /// Refuses what a sample with this truth would be refused for.
  /// - Parameter replaced: the fields in which characters that are none were replaced.
  /// - Throws: `JSONError` naming the field, what it holds, and what is allowed.
  public func check(replaced: [String] = [], now: Timestamp) throws(JSONError) {
    var sample = Sample(id: id, task: task, input: Input(), truth: truth)
    try sample.note(replaced: replaced)
    try sample.check(maximumTextBytes: 0, now: now)
    if let by, by.utf8.count > Sample.longestKey {
      throw JSONError("field \"by\" has \(by.utf8.count) bytes; at most \(Sample.longestKey) are read")
    }
    if let labelledAt, labelledAt.milliseconds > now.milliseconds + Self.clockSkew {
      throw JSONError(
        "field \"labelled_at\" is \(labelledAt), which is more than a day ahead of the recorder's clock (\(now))",
        kind: "field \"labelled_at\" is ahead of the clock")
    }
  }
}
