import CLibpq

/// Where the server is, and how its connections behave.
///
/// What the connection string does not name, libpq takes from the `PG*` variables, `~/.pgpass` and the service file.
/// Several hosts may stand in it (`host=a,b`); they share one `connectTimeout`.
public struct PostgresSettings: Sendable, Equatable, CustomStringConvertible {
  /// A URL (`postgresql://user:password@host:5432/database`) or keywords (`host=… dbname=…`); empty: `PG*` alone.
  public let connectionString: String
  /// Shown in `pg_stat_activity`, where neither the connection string nor `PGAPPNAME` names one.
  public var applicationName: String
  /// How long a connection attempt may take; `connect_timeout` in the connection string goes before it.
  public var connectTimeout: Duration
  /// The server ends a statement that takes longer; `nil`: the server's own limit.
  public var statementTimeout: Duration?
  /// The connection string as keywords, secrets struck out.
  public let description: String
  /// Notes who waits for the server; copies of these settings share it.
  public var waits = ServerWaits()

  /// Settings that libpq can parse.
  /// - Throws: `PostgresError` of kind `usage` for a malformed connection string.
  public init(
    _ connectionString: String = "", applicationName: String = "shunt", connectTimeout: Duration = .seconds(10),
    statementTimeout: Duration? = nil
  ) throws {
    self.connectionString = connectionString
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    let options = try Self.parse(connectionString)
    try Self.check(options)
    description =
      options.isEmpty
      ? "PG* variables"
      : options.map { "\($0.keyword)=\($0.isSecret ? "***" : Self.quoted($0.value))" }.joined(separator: " ")
  }

  /// Settings from `DATABASE_URL`; without it libpq reads `PGHOST`, `PGDATABASE` and the others by itself.
  /// - Throws: `PostgresError` of kind `usage` for a malformed connection string.
  public init(environment: [String: String], applicationName: String = "shunt") throws {
    try self.init(environment["DATABASE_URL"] ?? "", applicationName: applicationName)
  }

  /// The same server and options, another database.
  public func database(_ name: String) throws -> PostgresSettings {
    var options = try Self.parse(connectionString)
    options.removeAll { $0.keyword == "dbname" }
    options.append((keyword: "dbname", value: name, isSecret: false))
    var settings = try PostgresSettings(
      options.map { "\($0.keyword)=\(Self.quoted($0.value))" }.joined(separator: " "))
    settings.applicationName = applicationName
    settings.connectTimeout = connectTimeout
    settings.statementTimeout = statementTimeout
    settings.waits = waits
    return settings
  }

  /// Whether the settings say the same.
  public static func == (first: PostgresSettings, second: PostgresSettings) -> Bool {
    (first.connectionString, first.applicationName, first.connectTimeout, first.statementTimeout)
      == (second.connectionString, second.applicationName, second.connectTimeout, second.statementTimeout)
  }

  typealias Option = (keyword: String, value: String, isSecret: Bool)

  /// What the connection string names, in libpq's order.
  private static func parse(_ text: String) throws -> [Option] {
    var message: UnsafeMutablePointer<CChar>?
    // Both the options and the message are ours to free.
    guard let options = PQconninfoParse(text, &message) else {
      defer { PQfreemem(message) }
      // libpq's message may quote the string, and with it a password.
      throw unreadable
    }
    defer { PQconninfoFree(options) }
    var named: [Option] = []
    var next = options
    while let keyword = next.pointee.keyword {
      if let value = next.pointee.val {
        // libpq marks passwords with "*" for its dialogues.
        let isSecret = next.pointee.dispchar.map { $0.pointee == UInt8(ascii: "*") } ?? false
        named.append((String(cString: keyword), String(cString: value), isSecret))
      }
      next += 1
    }
    return named
  }

  /// A password's "@", "/" or ":" that is not written as a percent code ends up in the host, the port or the database's
  /// name, which libpq and the server quote in their errors.
  private static func check(_ options: [Option]) throws {
    for option in options {
      let isMistyped =
        switch option.keyword {
        case "host", "dbname": option.value.utf8.contains(UInt8(ascii: "@"))
        case "port": !option.value.utf8.allSatisfy { $0 == UInt8(ascii: ",") || (0x30...0x39).contains($0) }
        default: false
        }
      if isMistyped { throw unreadable }
    }
  }

  private static var unreadable: PostgresError {
    PostgresError(
      .usage,
      "the connection string cannot be read; write postgresql://user:password@host:5432/database"
        + " or host=… dbname=… user=…",
      hint: "In a URL, write @ : / ? # % of a user or password as %40 %3A %2F %3F %23 %25")
  }

  private static func quoted(_ value: String) -> String {
    guard value.isEmpty || value.utf8.contains(where: { " '\\".utf8.contains($0) }) else { return value }
    return "'" + value.escaping("\\'", by: "\\") + "'"
  }
}
