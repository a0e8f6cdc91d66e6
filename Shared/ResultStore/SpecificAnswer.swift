import Content
import Postgres

/// The specific model's opinion.
public struct SpecificAnswer: Sendable, Equatable {
  /// Its answer.
  public let reply: Reply
  /// 0 to 1.
  public let confidence: Float

  /// Answer and confidence.
  public init(_ reply: Reply, confidence: Float) {
    self.reply = reply
    self.confidence = confidence
  }

  /// Label and confidence.
  public init(label: String, confidence: Float) { self.init(.label(label), confidence: confidence) }
}

extension SpecificAnswer {
  static let columns: [ResultColumn] = [
    ResultColumn("specific_label") { $1.append($0.specific?.reply.label) },
    ResultColumn("specific_confidence") { $1.append($0.specific?.confidence) },
    ResultColumn("specific_caption", "text", step: 10) { $1.append($0.specific?.reply.caption) },
    ResultColumn("specific_quality", "real", step: 10) { $1.append($0.specificQuality?.value) },
  ]

  /// Read back.
  init?(_ row: Row) throws {
    let (label, caption): (String?, String?) = (try row["specific_label"], try row["specific_caption"])
    guard let reply = label.map(Reply.label) ?? caption.map(Reply.caption) else { return nil }
    self.init(reply, confidence: try row["specific_confidence"])
  }
}

extension ResultRow {
  /// How good the specific model's answer is, where it and the truth are known.
  var specificQuality: Quality? { specific.flatMap { truth?.quality(of: $0.reply) } }
}
