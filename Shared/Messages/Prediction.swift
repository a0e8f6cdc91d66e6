import Cascade
import Classification
import JSON

/// What one small model held probable for a sample.
public struct Prediction: Sendable, Equatable {
  /// Which small model.
  public var model: AnsweredBy
  /// Its version.
  public var version: String
  /// Its δ then.
  public var threshold: Float
  /// What it held probable.
  public var distribution: LabelDistribution

  /// A prediction.
  public init(model: AnsweredBy, version: String, threshold: Float, distribution: LabelDistribution) {
    self.model = model
    self.version = version
    self.threshold = threshold
    self.distribution = distribution
  }

  init(json: JSONValue) throws(JSONError) {
    model = try json.requiredAnsweredBy("model")
    version = try json.requiredString("version")
    threshold = Float(try json.requiredDouble("threshold"))
    distribution = try json.requiredDistribution("probabilities")
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("model", model.rawValue)
    writer.member("version", version)
    writer.member("threshold", threshold)
    writer.member("probabilities", distribution)
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
