/// The topics of one deployment; the names follow the way of a sample.
public struct Topics: Sendable, Equatable {
  /// What producers push.
  public let samples: String
  /// What no small model was sure of.
  public let hard: String
  /// Answers.
  public let results: String
  /// What could not be read or answered.
  public let rejected: String

  /// Topics whose names start with `prefix` (may be empty), so that deployments can share a broker.
  public init(prefix: String = "") {
    samples = prefix + "samples"
    hard = prefix + "hard"
    results = prefix + "results"
    rejected = prefix + "rejected"
  }

  /// All of them.
  public var all: [String] { [samples, hard, results, rejected] }
}

/// The header that lets the formats grow.
public enum MessageFormat {
  /// The header's name.
  public static let header = "shunt-format"
  /// The version that this code reads and writes. A message without the header is of version 1, so that version 1
  /// costs no header.
  public static let version = "1"
}
