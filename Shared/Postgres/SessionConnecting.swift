import CLibpq
import Foundation

extension Session {
  /// Begins to connect. What the settings' connection string names goes before our defaults.
  static func start(_ settings: PostgresSettings) throws -> OpaquePointer {
    let defaults = [
      ("fallback_application_name", settings.applicationName),
      // A peer that vanished without a word is noticed within a minute also where nothing is sent (LISTEN).
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      // And where something was sent that it does not acknowledge.
      ("tcp_user_timeout", "60000"),
    ]
    // libpq takes later keywords before earlier ones; `dbname` is expanded where it stands.
    let options = defaults + [("dbname", settings.connectionString), ("client_encoding", "UTF8")]
    let handle = withCStrings(options.map(\.0)) { keywords in
      withCStrings(options.map(\.1)) { values in PQconnectStartParams(keywords, values, 1) }
    }
    guard let handle else { throw PostgresError(.connection, "no memory for a connection") }
    return handle
  }

  /// Connects, or throws with the server's SQLSTATE: libpq gives no field for it before a connection stands, but
  /// writes it into the message at this verbosity.
  func finishConnecting(_ settings: PostgresSettings) throws {
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    let deadline = ContinuousClock.now + (effectiveTimeout ?? settings.connectTimeout)
    // libpq: before the first poll behave as if it had asked for writing.
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      guard state != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD else { throw refusal() }
      try wait(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
      state = PQconnectPoll(handle)
    }
  }

  /// Host and database, for messages.
  var target: String {
    let host = PQhost(handle).map { String(cString: $0) } ?? "?"
    let database = PQdb(handle).map { String(cString: $0) } ?? "?"
    return "\(host), database \(database)"
  }

  static func firstLine(_ text: String) -> String {
    String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// `connect_timeout` of the connection string or `PGCONNECT_TIMEOUT`, which only libpq's blocking calls honour.
  private var effectiveTimeout: Duration? {
    guard let options = PQconninfo(handle) else { return nil }
    defer { PQconninfoFree(options) }
    var next = options
    while let keyword = next.pointee.keyword {
      if String(cString: keyword) == "connect_timeout", let value = next.pointee.val {
        return Int(String(cString: value)).flatMap { $0 > 0 ? .seconds($0) : nil }
      }
      next += 1
    }
    return nil
  }

  private func refusal() -> PostgresError {
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let line = Self.firstLine(text)
    let state = text.firstMatch(of: #/[A-Z]:  ([0-9A-Z]{5}): /#).map { String($0.1) }
    return PostgresError(
      .connection, "no connection to \(target): \(line)", sqlState: state,
      hint: state == nil ? "Is the server running, and does DATABASE_URL or PGHOST name it?" : nil)
  }

  /// Lends a null-terminated array of C strings, valid for the time of `body`.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
