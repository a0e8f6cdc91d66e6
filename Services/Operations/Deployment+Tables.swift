import LargeModelStore
import Logging
import ModelStore
import Postgres
import ResultStore

/// The database's tables and who may use them.
extension Deployment {
  /// Brings the database to the newest schema; safe when many start at once.
  /// - Returns: what was applied.
  /// - Throws: `PostgresError`, also for a database whose texts are not UTF-8.
  @discardableResult
  public func migrate() async throws -> [Migration] {
    let connection = try Connection(database("init"))
    try await connection.requireUnicode()
    var applied = try await ResultSchema.migrate(connection)
    applied += try await ModelSchema.migrate(connection)
    applied += try await LargeModelSchema.migrate(connection)
    await connection.close()
    return applied
  }

  /// Makes the groups `worker`, `distiller` and `analyst` and gives them their rights.
  /// - Returns: what could not be done, with the server's reasons; only accounts in those groups need it.
  public func establishRoles() async throws -> [String] {
    let connection = try Connection(database("init"))
    let failures = try await DatabaseRole.establish(
      ResultSchema.grants + ModelSchema.grants + LargeModelSchema.grants, over: connection)
    await connection.close()
    return failures
  }

  /// What of the server's settings endangers answers.
  public func serverWarnings() async throws -> [String] {
    let connection = try Connection(database("init"))
    let commit = try await connection.serverSetting("synchronous_commit")
    await connection.close()
    guard commit == "off" else { return [] }
    return [
      "synchronous_commit is off: a crash of Postgres loses answers that are committed in Kafka; set it to on"
    ]
  }

  /// Looks whether the tables are there as this program needs them.
  /// - Throws: `PostgresError` with both versions where `shunt init` must run first.
  func checkTables(_ logger: Logger) async throws {
    let connection = try Connection(database("start"), logger: logger)
    for migrations in [
      try ResultSchema.migrations(), try ModelSchema.migrations(), try LargeModelSchema.migrations(),
    ] {
      try await migrations.check(connection, logger: logger)
    }
    await connection.close()
  }

  /// What draws are salted with: the deployment's own number, unless settings in code fix one.
  func drawSalt(_ store: ModelStore) async throws -> UInt64 {
    if let salt = settings.drawSalt { return salt }
    return try await store.drawSalt()
  }
}
