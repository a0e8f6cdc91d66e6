extension PostgresError {
  /// Whose fault an error of Postgres is, and with it what the caller does: data's are rejected row by row, the world's
  /// are waited for, the program's end the process.
  public enum Fault: String, Sendable, CaseIterable {
    /// A value that the database will not take: the same row is refused again, others are not.
    case data
    /// A server that is away, full, busy, read-only, or a right that is missing: it passes, or somebody mends it.
    case world
    /// A statement, a schema or an account that this program has wrong.
    case program
  }
}

/// The five characters by which Postgres says what happened; see appendix A of its manual.
public struct SQLState: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The five characters.
  public let code: String

  /// A state.
  public init(_ code: String) { self.code = code }
  /// A literal.
  public init(stringLiteral value: String) { code = value }

  /// A row stands there already.
  public static let uniqueViolation: SQLState = "23505"

  /// Whose fault it is.
  public var fault: PostgresError.Fault {
    Self.states[code] ?? Self.classes[String(decoding: code.utf8.prefix(2), as: UTF8.self)] ?? .program
  }

  /// Whether less in one statement may succeed where all of it does not: it took too long, or too much memory.
  public var isEasedByLess: Bool { ["57014", "25P04", "53200"].contains(code) }

  /// States that are not as their class.
  private static let states: [String: PostgresError.Fault] = [
    // insufficient_privilege: granted while we wait.
    "42501": .world
  ]

  private static let classes: [String: PostgresError.Fault] = [
    "21": .data,  // cardinality violation
    "22": .data,  // data exception: out of range, invalid byte sequence, invalid text, division by zero
    "23": .data,  // integrity constraint violation: not null, foreign key, unique, check, exclusion
    "44": .data,  // WITH CHECK OPTION violation
    "54": .data,  // program limit exceeded: an index row of more than 2,704 bytes, a row of more than 1 GB
    "P0": .data,  // raised by an operator's own trigger
    "08": .world,  // connection exception
    "25": .world,  // invalid transaction state: read-only (a standby), idle in transaction, transaction timeout
    "40": .world,  // transaction rollback: serialization failure, deadlock
    "53": .world,  // insufficient resources: disk full, out of memory, too many connections
    "55": .world,  // object not in prerequisite state: lock not available, in use
    "57": .world,  // operator intervention: shutdown, crash, cannot connect now, statement and idle session timeout
    "58": .world,  // system error: input or output
    "F0": .world,  // configuration file error
    "XX": .world,  // internal error, damaged data or index
  ]
}
