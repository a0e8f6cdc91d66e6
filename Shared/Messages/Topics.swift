/// The topics of one deployment; the names follow the way of a sample.
public struct Topics: Sendable, Equatable {
  /// What producers push.
  public let samples: Topic<Sample>
  /// What no small model was sure of.
  public let hard: Topic<HardSample>
  /// Answers.
  public let results: Topic<Answer>
  /// What could not be read or answered.
  public let rejected: Topic<Rejection>
  /// What people say is right.
  public let labels: Topic<GoldLabel>

  /// Topics whose names start with `prefix` (may be empty), so that deployments can share a broker.
  public init(prefix: String = "") {
    samples = Topic(name: prefix + "samples")
    hard = Topic(name: prefix + "hard")
    results = Topic(name: prefix + "results")
    rejected = Topic(name: prefix + "rejected")
    labels = Topic(name: prefix + "labels")
  }

  /// The names of all of them.
  public var all: [String] { [samples.name, hard.name, results.name, rejected.name, labels.name] }
}
