import Cascade
import Classification
import Content
import JSON

/// An answer on its way to Postgres; the message of the topic `results`.
public struct Answer: Message, Equatable {
  /// The sample's id.
  public var id: String
  /// The sample's task.
  public var task: String
  /// What is answered.
  public let reply: Reply
  /// How probable it is, 0 to 1; `nil` where the large model gave no probability.
  public var confidence: Float?
  /// Who gave it.
  public var answeredBy: AnsweredBy
  /// The version of the model that gave it.
  public var modelVersion: String
  /// The δ that decided, where a small model answered; the last stage's, where the large model did.
  public var threshold: Float?
  /// What the answering model held probable; `nil` for captions, and where that is not known.
  public var distribution: LabelDistribution?
  /// What S1 said, where somebody else answered.
  public var specific: Prediction?
  /// Whether a small model answered only because the budget was spent.
  public var isDegraded = false
  /// Whether the answering model read only the text's beginning.
  public var isTruncated = false
  /// Whether characters of the sample that are none were replaced by U+FFFD.
  public var hasReplacedText: Bool
  /// The answer of a small model that this one audits, and does not replace.
  public var audited: HardSample.Audited?

  /// How the prompt was pruned, and what the large model cost.
  public var prompt: PromptRecord?

  /// When the producer made the sample.
  public var producedAt: Timestamp?
  /// When the router decided.
  public var routedAt: Timestamp
  /// When the answer was there.
  public var answeredAt: Timestamp

  /// The sample's category.
  public var category: String?
  /// What is right, where the sample's producer knew it.
  public let truth: Truth?
  /// How good the reply is, where the truth is known.
  public let quality: Quality?
  /// The sample's input, where the answer can teach; else empty. An image that is too long is not in it.
  public var input = Input()

  /// A longer text does not travel with its answer, so that each answer fits a broker's usual limit of 1 MB, even where
  /// each of its bytes must be escaped; in bytes.
  public static let longestInput = 128 << 10
  /// Nor does an image whose file is longer, unless the settings say something else; in bytes.
  public static let longestImage = 64 << 10

  /// An easy sample's answer; the rest is set by whoever knows it.
  /// - Parameter longestImage: of an image in the message itself; of one by reference the address travels.
  public init(
    sample: Sample, reply: Reply, confidence: Float?, answeredBy: AnsweredBy, modelVersion: String, threshold: Float?,
    distribution: LabelDistribution?, routedAt: Timestamp, answeredAt: Timestamp, keepsInput: Bool,
    longestImage: Int = longestImage
  ) {
    id = sample.id
    task = sample.task
    self.reply = reply
    self.confidence = confidence
    self.answeredBy = answeredBy
    self.modelVersion = modelVersion
    self.threshold = threshold
    self.distribution = distribution
    hasReplacedText = sample.hasReplacedText
    producedAt = sample.producedAt
    self.routedAt = routedAt
    self.answeredAt = answeredAt
    category = sample.category
    truth = sample.truth
    quality = sample.truth?.quality(of: reply)
    if keepsInput { input = sample.input.travelling(longestImage: longestImage) }
  }

  /// The sample's id.
  public var key: String? { id }

  /// 2 for captions, or an image.
  public var format: MessageFormat {
    switch (reply, truth) {
    case (.caption, _), (_, .captions): .two
    case (.label, _): input.image == nil ? .one : .two
    }
  }

  /// Reads an answer.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue, format: MessageFormat = .one) throws(JSONError) {
    id = try json.requiredString("id")
    task = try json.requiredString("task")
    reply = try json.requiredReply(format)
    answeredBy = try json.requiredAnsweredBy("answered_by")
    // Only the large model may not know how sure it is.
    let isKnown = answeredBy != .large
    confidence = try isKnown || json["confidence"] != nil ? Float(json.requiredDouble("confidence")) : nil
    modelVersion = try json.requiredString("model_version")
    threshold = try json.optionalDouble("threshold").map(Float.init)
    let isDistributed = isKnown && reply.label != nil
    distribution = try isDistributed || json["probabilities"] != nil ? json.requiredDistribution("probabilities") : nil
    if let inner = json["specific"] { specific = try Prediction(json: inner) }
    isDegraded = try json.flag("degraded")
    isTruncated = try json.flag("truncated")
    hasReplacedText = try json.flag("replaced")
    if let inner = json["audited"] { audited = try HardSample.Audited(json: inner) }
    if let inner = json["prompt"] { prompt = try PromptRecord(json: inner) }
    producedAt = try json.optionalTimestamp("produced_at")
    routedAt = try json.requiredTimestamp("routed_at")
    answeredAt = try json.requiredTimestamp("answered_at")
    category = try json.optionalString("category")
    let truth = try json.truth(format, label: "true_label", captions: "true_captions")
    self.truth = truth
    quality = try json.quality(format) ?? truth?.quality(of: reply)
    input.text = try json.optionalString("text")
    if format == .two, let inner = json["image"] { input.image = try ImageSource(json: inner) }
  }

  /// Writes the answer as a JSON object.
  public func write(to writer: inout JSONWriter) {
    let format = format
    writer.beginObject()
    writer.member("id", id)
    writer.member("task", task)
    writer.member(reply, format)
    if let confidence { writer.member("confidence", probability: confidence) }
    writer.member("answered_by", answeredBy.rawValue)
    writer.member("model_version", modelVersion)
    writer.member("threshold", threshold)
    if let distribution { writer.member("probabilities", distribution) }
    writer.member("specific", specific) { $0.write(to: &$1) }
    writer.member("degraded", ifTrue: isDegraded)
    writer.member("truncated", ifTrue: isTruncated)
    writer.member("replaced", ifTrue: hasReplacedText)
    writer.member("audited", audited) { $0.write(to: &$1) }
    writer.member("prompt", prompt) { $0.write(to: &$1) }
    writer.member("produced_at", producedAt)
    writer.member("routed_at", routedAt)
    writer.member("answered_at", answeredAt)
    writer.member("category", category)
    writer.member(truth, label: "true_label", captions: "true_captions")
    // A label's follows from the truth.
    if format == .two { writer.member("quality", probability: quality?.value) }
    writer.members(input)
    writer.endObject()
  }
}

extension Input {
  /// What of it may travel with its answer: of an image that is too long its text goes alone; without its text nothing goes.
  fileprivate func travelling(longestImage: Int) -> Input {
    guard text?.utf8.count ?? 0 <= Answer.longestInput else { return Input() }
    if case .data(let bytes, _) = image, bytes.count > longestImage { return Input(text: text) }
    return self
  }
}

extension JSONValue {
  /// In format 1 the field `label`; in format 2 `reply`, an object with `label` or `caption`.
  fileprivate func requiredReply(_ format: MessageFormat) throws(JSONError) -> Reply {
    guard format == .two else { return .label(try requiredString("label")) }
    guard let inner = self["reply"] else { throw JSONError("field \"reply\" is missing; it must be an object") }
    return try inner.requiredReply()
  }

  fileprivate func quality(_ format: MessageFormat) throws(JSONError) -> Quality? {
    guard format == .two, let number = try optionalDouble("quality") else { return nil }
    guard let quality = Quality(Float(number)) else {
      throw JSONError("field \"quality\" is \(number); it must be 0 to 1")
    }
    return quality
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ reply: Reply, _ format: MessageFormat) {
    guard format == .two else { return member("label", reply.text) }
    key("reply")
    beginObject()
    member(reply)
    endObject()
  }
}
