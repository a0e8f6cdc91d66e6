import Logging

/// A named lock that the server holds for one connection of ours, and gives up when that connection ends for
/// whatever reason: the holder's crash frees it too.
///
/// It is held by a transaction that stays open, not by the session: a pooler hands sessions on after each transaction.
/// The transaction writes nothing, and its last statement is a script, after which the server keeps no snapshot for it,
/// so it keeps no old rows alive.
public struct AdvisoryLock: Sendable {
  private let connection: Connection
  private static let nothing = "SELECT 1"

  /// Takes the lock, or returns `nil` at once where another holds it.
  public static func tryAcquire(
    _ name: String, _ settings: PostgresSettings, logger: Logger = Logger(label: "postgres")
  ) async throws -> AdvisoryLock? {
    let connection = try Connection(settings, reconnects: false, logger: logger)
    let isTaken = try await connection.beginHeldTransaction { session in
      // The server must not take it for a transaction that was forgotten.
      try session.query(
        """
        SELECT set_config(name, '0', true) FROM pg_settings
        WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
        """)
      let isTaken: Bool = try session.query(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken", [.text(name)]
      ).one()["taken"]
      try session.run(script: Self.nothing)
      return isTaken
    }
    if !isTaken { await connection.close() }
    return isTaken ? AdvisoryLock(connection: connection) : nil
  }

  /// Whether the lock is still ours; ask before an effect that only the holder may have.
  public func isHeld() async throws -> Bool {
    do {
      try await connection.run(script: Self.nothing)
      return true
    } catch is PostgresError { return false }
  }

  /// Gives the lock up; once this returns another can take it.
  public func release() async {
    do {
      _ = try await connection.query("SELECT pg_advisory_unlock_all()")
    } catch {
      // The connection is gone, and the lock with it.
    }
    // The server may notice only later that its client is gone.
    await connection.close()
  }
}

extension Session {
  /// Waits for a named lock and holds it to the end of the transaction.
  public func lockUntilCommit(_ name: String) throws {
    try query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text(name)])
  }
}
