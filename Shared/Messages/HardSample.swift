import Cascade
import Content
import JSON

/// A sample that no small model was sure of, on its way to the large model.
public struct HardSample: Message, Equatable {
  /// The sample as it came.
  public var sample: Sample
  /// What the small models said, in the cascade's order.
  public var predictions: [Prediction]
  /// When the router sent it on.
  public var routedAt: Timestamp
  /// The answer that a small model gave already, where the large model is only asked to audit it.
  public var audited: Audited?

  /// An easy sample's answer under audit.
  public struct Audited: Sendable, Equatable {
    /// Who gave it.
    public var answeredBy: AnsweredBy
    /// The answer.
    public var reply: Reply

    /// An answer under audit.
    public init(answeredBy: AnsweredBy, reply: Reply) {
      self.answeredBy = answeredBy
      self.reply = reply
    }
  }

  /// A hard sample.
  public init(sample: Sample, predictions: [Prediction], routedAt: Timestamp, audited: Audited? = nil) {
    self.sample = sample
    self.predictions = predictions
    self.routedAt = routedAt
    self.audited = audited
  }

  /// The sample's id.
  public var key: String? { sample.id }

  /// 2 for captions, or an image.
  public var format: MessageFormat {
    let isOfTwo = sample.format == .two || audited?.reply.caption != nil || predictions.contains { $0.format == .two }
    return isOfTwo ? .two : .one
  }

  /// Reads a hard sample.
  /// - Throws: `JSONError` naming the field that is missing or of a wrong type.
  public init(json: JSONValue, format: MessageFormat = .one) throws(JSONError) {
    guard let inner = json["sample"] else { throw JSONError("field \"sample\" is missing; it must be an object") }
    sample = try Sample(json: inner, format: format)
    sample.hasReplacedText = try json.flag("replaced")
    routedAt = try json.requiredTimestamp("routed_at")
    predictions = []
    var wrong: JSONError?
    json["predictions"]?.forEachElement { element in
      do throws(JSONError) { predictions.append(try Prediction(json: element)) } catch { wrong = error }
    }
    if let wrong { throw wrong }
    audited = try json["audited"].map(Audited.init)
  }

  /// Writes the hard sample as a JSON object.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("sample")
    sample.write(to: &writer)
    writer.member("replaced", ifTrue: sample.hasReplacedText)
    writer.key("predictions")
    writer.beginArray()
    for prediction in predictions { prediction.write(to: &writer) }
    writer.endArray()
    writer.member("routed_at", routedAt)
    writer.member("audited", audited) { $0.write(to: &$1) }
    writer.endObject()
  }
}

extension HardSample.Audited {
  init(json: JSONValue) throws(JSONError) {
    self.init(answeredBy: try json.requiredAnsweredBy("answered_by"), reply: try json.requiredReply())
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("answered_by", answeredBy.rawValue)
    writer.member(reply)
    writer.endObject()
  }
}
