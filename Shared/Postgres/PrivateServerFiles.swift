import Foundation

/// Debian's server programs.
struct PrivateServerPrograms: Sendable {
  let postgres: String
  let initdb: String

  /// The newest of `/usr/lib/postgresql/*/bin`, else of `PATH`.
  /// - Throws: `PostgresError` of kind `privateServer` that names the package.
  static func find(path: String? = ProcessInfo.processInfo.environment["PATH"]) throws -> PrivateServerPrograms {
    let debian = "/usr/lib/postgresql"
    let versions =
      FileManager.default.fileExists(atPath: debian)
      ? try FileManager.default.contentsOfDirectory(atPath: debian) : []
    let newestFirst = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }.map { "\(debian)/\($0)/bin" }
    let folders = newestFirst + (path ?? "").split(separator: ":").map(String.init)
    let isComplete = { (folder: String) in
      ["postgres", "initdb"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }
    guard let folder = folders.first(where: isComplete) else {
      throw PostgresError(
        .privateServer, "no Postgres server in \(debian) or PATH", hint: "On Debian: apt-get install postgresql")
    }
    return PrivateServerPrograms(postgres: "\(folder)/postgres", initdb: "\(folder)/initdb")
  }
}

/// The operating system's account that the server runs as: Postgres refuses root.
struct PrivateServerAccount: Sendable {
  /// The command's prefix that changes to the account; empty where we are that account.
  let prefix: [String]
  private let ids: (user: uid_t, group: gid_t)?

  /// `postgres` where the caller is root, else the caller.
  static func current() throws -> PrivateServerAccount {
    guard geteuid() == 0 else { return PrivateServerAccount(prefix: [], ids: nil) }
    guard let entry = getpwnam("postgres") else {
      throw PostgresError(
        .privateServer, "root cannot run Postgres, and there is no user postgres",
        hint: "On Debian: apt-get install postgresql")
    }
    let ids = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    return PrivateServerAccount(
      prefix: ["setpriv", "--reuid", "\(ids.0)", "--regid", "\(ids.1)", "--init-groups"], ids: ids)
  }

  /// Makes the folder the account's own.
  func own(_ folder: String) throws {
    guard let ids, chown(folder, ids.user, ids.group) != 0 else { return }
    throw PostgresError(.privateServer, "cannot give \(folder) to postgres: \(String(cString: strerror(errno)))")
  }
}
