/// What went wrong with Postgres, told so that the reader knows what to do next.
///
/// It never carries parameters. `detail` may quote stored values (the server writes "Key (id)=(7) already exists"),
/// so `description`, which ends in logs, leaves it out.
public struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Who found the fault.
  public enum Kind: String, Sendable {
    /// The server could not be reached, refused the connection, or the connection broke.
    case connection
    /// The server refused a statement; `sqlState` says why.
    case server
    /// A column does not hold what the caller asked for.
    case decoding
    /// The caller broke this module's contract.
    case usage
    /// A private server could not be started.
    case privateServer
  }

  /// Who found the fault.
  public let kind: Kind
  /// One sentence, the server's own where it is the server's.
  public let message: String
  /// Five characters, see appendix A of Postgres's manual; `nil` where the server did not speak.
  public let sqlState: String?
  /// The server's detail; may quote stored values, so keep it out of logs.
  public let detail: String?
  /// The server's advice.
  public let hint: String?
  /// The constraint that was violated.
  public let constraint: String?

  /// An error with the server's own fields, where it gave any.
  public init(
    _ kind: Kind, _ message: String, sqlState: String? = nil, detail: String? = nil, hint: String? = nil,
    constraint: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.sqlState = sqlState
    self.detail = detail
    self.hint = hint
    self.constraint = constraint
  }

  /// `sqlState`, to be asked what it means.
  public var state: SQLState? { sqlState.map { SQLState($0) } }

  /// Whose fault it is. A connection that broke is the world's, whatever state the server gave with it; one that is
  /// refused for its account or its database is not.
  public var fault: Fault {
    guard kind == .connection else { return state?.fault ?? .program }
    return Self.refusals.contains(String(decoding: (sqlState ?? "").utf8.prefix(2), as: UTF8.self)) ? .program : .world
  }

  /// Whether the same transaction may succeed when it is tried again, on a new connection where this one broke.
  ///
  /// A commit whose acknowledgement was lost may have happened: only repeat what is idempotent.
  public var isRetriable: Bool { fault == .world }

  /// Classes of what a server says to who may not come in: the account or its password, the database.
  private static let refusals: Set = ["28", "3D"]

  /// The message with its state and advice, without stored values.
  public var description: String {
    var text = "Postgres: \(message)"
    let facts = [sqlState.map { "SQLSTATE \($0)" }, constraint.map { "constraint \($0)" }].compactMap(\.self)
    if !facts.isEmpty { text += " (\(facts.joined(separator: ", ")))" }
    if let hint { text += ". \(hint)" }
    return text
  }
}
