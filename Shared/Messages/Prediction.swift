import Cascade
import Classification
import Content
import JSON

/// What one small model made of a sample.
public struct Prediction: Sendable, Equatable {
  /// What a small model says, and how sure it is.
  public enum Belief: Sendable, Equatable {
    /// What it held probable among the task's labels.
    case labels(LabelDistribution)
    /// Its caption, with its confidence, 0 to 1.
    case caption(String, confidence: Float)
  }

  /// Which small model.
  public var model: AnsweredBy
  /// Its version.
  public var version: String
  /// Its δ then.
  public var threshold: Float
  /// What it says.
  public var belief: Belief

  /// A prediction.
  public init(model: AnsweredBy, version: String, threshold: Float, belief: Belief) {
    self.model = model
    self.version = version
    self.threshold = threshold
    self.belief = belief
  }

  /// A prediction of labels.
  public init(model: AnsweredBy, version: String, threshold: Float, distribution: LabelDistribution) {
    self.init(model: model, version: version, threshold: threshold, belief: .labels(distribution))
  }

  /// What it held probable among the task's labels; `nil` for a caption.
  public var distribution: LabelDistribution? {
    if case .labels(let distribution) = belief { distribution } else { nil }
  }

  /// Its answer and how sure it is of it; `nil` where it names no label.
  public var answer: (reply: Reply, confidence: Float)? {
    switch belief {
    case .labels(let distribution): distribution.top.first.map { (.label($0.label), $0.probability) }
    case .caption(let caption, let confidence): (.caption(caption), confidence)
    }
  }

  /// 2 for a caption.
  var format: MessageFormat { if case .caption = belief { .two } else { .one } }

  init(json: JSONValue) throws(JSONError) {
    model = try json.requiredAnsweredBy("model")
    version = try json.requiredString("version")
    threshold = Float(try json.requiredDouble("threshold"))
    if let caption = try json.optionalCaption("caption") {
      belief = .caption(caption, confidence: Float(try json.requiredDouble("confidence")))
    } else {
      belief = .labels(try json.requiredDistribution("probabilities"))
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("model", model.rawValue)
    writer.member("version", version)
    writer.member("threshold", threshold)
    switch belief {
    case .labels(let distribution): writer.member("probabilities", distribution)
    case .caption(let caption, let confidence):
      writer.member("caption", caption)
      writer.member("confidence", probability: confidence)
    }
    writer.endObject()
  }
}

extension JSONValue {
  func requiredAnsweredBy(_ key: StaticString) throws(JSONError) -> AnsweredBy {
    let text = try requiredString(key)
    guard let value = AnsweredBy(rawValue: text) else {
      throw JSONError(
        "field \"\(key)\" is \(text.cut(toBytes: 40).debugDescription); it must be one of "
          + AnsweredBy.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  /// `{"top": {"label": 0.9, …}, "rest": 0.1}`
  func requiredDistribution(_ key: StaticString) throws(JSONError) -> LabelDistribution {
    guard let member = self[key], let top = member["top"], top.isObject else {
      throw JSONError("field \"\(key)\" is missing or has no object \"top\"")
    }
    var entries: [LabelDistribution.Entry] = []
    var isWrong = false
    top.forEachMember { label, value in
      guard let probability = value.double else { return isWrong = true }
      entries.append(LabelDistribution.Entry(label: label, probability: Float(probability)))
    }
    guard !isWrong else { throw JSONError("field \"\(key)\" has a probability that is no number") }
    return LabelDistribution(top: entries, rest: Float(try member.optionalDouble("rest") ?? 0))
  }
}

extension JSONWriter {
  mutating func member(_ name: StaticString, _ distribution: LabelDistribution) {
    key(name)
    beginObject()
    key("top")
    beginObject()
    if !distribution.forEachPlainEntry({ member(plain: $0, probability: $1) }) {
      distribution.forEachEntry { label, share in
        key(label)
        probability(share)
      }
    }
    endObject()
    key("rest")
    probability(distribution.rest)
    endObject()
  }
}
