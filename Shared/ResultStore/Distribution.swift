import Postgres

/// The most probable labels.
public struct Distribution: Sendable, Equatable {
  /// Most probable first.
  public let labels: [String]
  /// One a label, each 0 to 1.
  public let probabilities: [Float]
  /// The mass of all other labels, 0 to 1.
  public let rest: Float

  /// Labels with their probabilities and the mass of the others.
  public init(labels: [String], probabilities: [Float], rest: Float = 0) {
    self.labels = labels
    self.probabilities = probabilities
    self.rest = rest
  }
}

extension Distribution {
  static let columns: [ResultColumn] = [
    ResultColumn("top_labels") { row, buffer in buffer.append(row.distribution?.labels) { $0.append($1) } },
    ResultColumn("top_probabilities") { row, buffer in buffer.append(row.distribution?.probabilities) { $0.append($1) }
    },
    ResultColumn("rest_probability") { $1.append($0.distribution?.rest) },
  ]

  /// Read back.
  init?(_ row: Row) throws {
    guard let labels: [String] = try row["top_labels"] else { return nil }
    self.init(labels: labels, probabilities: try row["top_probabilities"], rest: try row["rest_probability"])
  }
}
