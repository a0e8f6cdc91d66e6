import Logging

/// One step of a schema, forward only. Once released it is never edited; a later step mends it.
public struct Migration: Sendable, Equatable {
  /// From 1, without gaps.
  public let number: Int
  /// A few words for who reads `schema_migrations`.
  public let name: String
  /// One or more statements, without BEGIN or COMMIT.
  public let sql: String

  /// A step.
  public init(_ number: Int, _ name: String, _ sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }
}

/// The ordered steps of one component's schema.
public struct Migrations: Sendable {
  /// Who owns the tables, for example `result_store`.
  public let component: String
  /// In order of their numbers.
  public let steps: [Migration]

  /// Steps that are numbered 1, 2, 3 …
  /// - Throws: `PostgresError` of kind `usage` where they are not.
  public init(_ component: String, _ steps: [Migration]) throws {
    guard steps.map(\.number) == Array(1..<(steps.count + 1)) else {
      throw PostgresError(.usage, "migrations of \(component) are numbered \(steps.map(\.number)), not 1, 2, 3 …")
    }
    self.component = component
    self.steps = steps
  }

  /// Brings the database to the last step, in one transaction under one lock: of workers that start together one
  /// migrates and the others find it done. Steps that a newer program has applied are left alone.
  /// - Returns: the steps that this call applied.
  /// - Throws: `PostgresError`; of kind `usage` where an applied step reads otherwise than ours.
  @discardableResult
  public func apply(to connection: Connection, backoff: Backoff = Backoff(attempts: 10)) async throws -> [Migration] {
    try await connection.retryingTransaction(backoff: backoff) { session in
      try session.lockUntilCommit("schema_migrations")
      try createLedger(session)
      let applied = try checksums(session)
      var fresh: [Migration] = []
      for step in steps {
        if let known = applied[step.number] {
          try verify(step, known, session)
        } else {
          try run(step, session)
          fresh.append(step)
        }
      }
      return fresh
    }
  }

  /// Looks whether the database stands at the last step, as who has no right to change its tables does. Steps of a newer
  /// program are borne: tables are migrated before the workers are replaced.
  /// - Throws: `PostgresError`; of kind `usage`, with both versions and the remedy, where a step is missing.
  public func check(_ connection: Connection, backoff: Backoff = Backoff(attempts: 10), logger: Logger) async throws {
    let applied = try await connection.retrying(backoff) { session in
      let isThere: Bool = try session.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS there").one()[
        "there"]
      guard isThere else { return 0 }
      return try session.query(
        "SELECT coalesce(max(number), 0) AS last FROM schema_migrations WHERE component = $1", [.text(component)]
      ).one()["last"]
    }
    if applied > steps.count {
      logger.warning(
        "the tables of \(component) are at step \(applied), this program knows \(steps.count); upgrade it soon")
    }
    guard applied >= steps.count else {
      throw PostgresError(
        .usage, "the tables of \(component) are at step \(applied), this program needs step \(steps.count)",
        hint: "Run 'shunt init' of this version first, as the tables' owner")
    }
  }

  private func createLedger(_ session: Session) throws {
    try session.run(
      script: """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          component text NOT NULL,
          number integer NOT NULL,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (component, number))
        """)
  }

  private func checksums(_ session: Session) throws -> [Int: String] {
    var checksums: [Int: String] = [:]
    let rows = try session.query(
      "SELECT number, checksum FROM schema_migrations WHERE component = $1", [.text(component)])
    for row in rows { checksums[try row["number"]] = try row["checksum"] }
    return checksums
  }

  private func verify(_ step: Migration, _ known: String, _ session: Session) throws {
    let ours: String = try session.query("SELECT \(Self.checksum("$1")) AS checksum", [.text(step.sql)]).one()[
      "checksum"]
    guard ours == known else {
      throw PostgresError(
        .usage, "migration \(step.number) (\(step.name)) of \(component) was applied with other statements",
        hint: "Never edit a released migration; add a new one")
    }
  }

  private func run(_ step: Migration, _ session: Session) throws {
    try session.run(script: step.sql)
    try session.execute(
      """
      INSERT INTO schema_migrations (component, number, name, checksum)
      VALUES ($1, $2, $3, \(Self.checksum("$4")))
      """, [.text(component), .integer(step.number), .text(step.name), .text(step.sql)])
  }

  private static func checksum(_ parameter: String) -> String {
    "encode(sha256(convert_to(\(parameter)::text, 'UTF8')), 'hex')"
  }
}
