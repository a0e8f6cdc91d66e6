import Postgres

/// The specific model's opinion.
public struct SpecificAnswer: Sendable, Equatable {
  /// Its answer.
  public let label: String
  /// 0 to 1.
  public let confidence: Float

  /// Label and confidence.
  public init(label: String, confidence: Float) {
    self.label = label
    self.confidence = confidence
  }
}

extension SpecificAnswer {
  static let columns: [ResultColumn] = [
    ResultColumn("specific_label") { $1.append($0.specific?.label) },
    ResultColumn("specific_confidence") { $1.append($0.specific?.confidence) },
  ]

  /// Read back.
  init?(_ row: Row) throws {
    guard let label: String = try row["specific_label"] else { return nil }
    self.init(label: label, confidence: try row["specific_confidence"])
  }
}
