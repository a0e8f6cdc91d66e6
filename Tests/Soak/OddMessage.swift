/// A message that producers really send, or that would be sent to break something.
struct OddMessage: Sendable {
  /// What must become of it.
  enum Outcome: Sendable, Equatable {
    /// One row.
    case answered
    /// A rejection whose reason has one of these words in it.
    case rejected([String])
    /// One of both: where more than one rule is right.
    case either
  }

  /// Where it is sent.
  enum Target: Sendable { case samples, hard, results, rejected }

  /// A record for a Kafka client.
  struct Record: Sendable {
    var value: [UInt8]?
    var headers: [String: String] = [:]
  }

  /// What it is, in some words; unique.
  let name: String
  let target: Target
  let outcome: Outcome
  /// Makes it around an id, which stands within its first 4,096 bytes.
  let make: @Sendable (_ id: String) -> Record

  init(
    _ name: String, to target: Target = .samples, _ outcome: Outcome, _ make: @escaping @Sendable (String) -> Record
  ) {
    self.name = name
    self.target = target
    self.outcome = outcome
    self.make = make
  }

  /// Larger ones are sent alone: an embedded broker's partition keeps 5 MiB only, and would drop its neighbours.
  static let largestInCompany = 64 << 10

  /// All of them.
  static let all = answered + either + rejected + unreadable + inside
}

extension OddMessage.Record {
  static func text(_ text: String) -> Self { Self(value: Array(text.utf8)) }
}
