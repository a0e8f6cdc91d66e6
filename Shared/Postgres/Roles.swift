/// The groups that accounts get their rights from: `CREATE USER anna IN ROLE analyst PASSWORD '…'`. No worker needs the
/// right to change tables.
public enum DatabaseRole: String, Sendable, CaseIterable {
  /// Routers, large-model workers and recorders: read and write answers, read models.
  case worker
  /// Distillers: read answers, read and write models.
  case distiller
  /// People: read.
  case analyst
}

/// Rights on tables that a group has.
public struct Grant: Sendable, Equatable {
  /// Who has them.
  public let role: DatabaseRole
  /// Such as `SELECT, INSERT`.
  public let rights: String
  /// Tables, views and sequences.
  public let relations: [String]

  /// Rights of a group.
  public init(_ role: DatabaseRole, _ rights: String, on relations: [String]) {
    self.role = role
    self.rights = rights
    self.relations = relations
  }
}

extension DatabaseRole {
  /// Makes the groups that are missing and gives them their rights; what they have already stays. Whoever may not make
  /// roles goes on without: everything works for the tables' owner.
  /// - Returns: what could not be done, each with the server's reason.
  /// - Throws: `PostgresError` where the server is away for longer than `backoff`.
  public static func establish(
    _ grants: [Grant], over connection: Connection, backoff: Backoff = Backoff(attempts: 10)
  ) async throws -> [String] {
    let standing = try await connection.read("SELECT rolname FROM pg_roles", backoff: backoff)
      .map { try $0["rolname"] as String }
    let makings = allCases.filter { !standing.contains($0.rawValue) }.map { "CREATE ROLE \($0.rawValue) NOLOGIN" }
    let givings = grants.map { grant -> String in
      let relations = grant.relations.map(Session.quoted).joined(separator: ", ")
      return "GRANT \(grant.rights) ON \(relations) TO \(grant.role.rawValue)"
    }
    var failures: [String] = []
    for statement in makings + givings {
      do {
        // Others may be at the same: the group then stands there by now, and `tuple concurrently updated` is retried.
        try await connection.retrying(backoff, unless: { $0.sqlState == "42501" }) { try $0.run(script: statement) }
      } catch let error as PostgresError where !["42710", "23505"].contains(error.sqlState) {
        guard error.kind == .server else { throw error }
        failures.append("\(statement): \(error)")
      } catch is PostgresError {}
    }
    return failures
  }
}
