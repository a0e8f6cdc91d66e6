import Foundation
import Logging
import Postgres

/// The deployment's Postgres: on a port and a folder that outlast its crashes.
actor SoakDatabase {
  private let options: PrivateServer.Options
  private let cluster: URL
  private var server: PrivateServer
  /// Says nothing of lost connections, which are to order.
  private let connection: Connection
  /// Reaches it, whichever run of it.
  let url: String

  /// Starts it.
  static func start(in folder: URL) async throws -> SoakDatabase {
    let options = PrivateServer.Options(dataFolder: folder.path, port: try FreePort.find())
    return try await SoakDatabase(options, cluster: folder.appending(path: "cluster"), PrivateServer.start(options))
  }

  private init(_ options: PrivateServer.Options, cluster: URL, _ server: PrivateServer) throws {
    guard let url = server.networkConnectionString else { throw SoakError("Postgres has no port") }
    self.options = options
    self.cluster = cluster
    self.server = server
    self.url = url
    connection = try Connection(
      PostgresSettings(url), logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Makes an account in one of the groups that `shunt init` has made.
  /// - Returns: reaches the database as that account.
  func account(in group: String) async throws -> String {
    let (name, password) = ("soak_\(group)", UUID().uuidString)
    try await connection.run(script: "CREATE ROLE \(name) LOGIN PASSWORD '\(password)' IN ROLE \(group)")
    guard var parts = URLComponents(string: url) else { throw SoakError("\(url) is no address") }
    (parts.user, parts.password) = (name, password)
    return parts.string ?? url
  }

  /// Ends it as a crash does (`pg_ctl stop -m immediate`), and starts it again on the same data.
  func crash() async throws {
    let file = cluster.appending(path: "postmaster.pid")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    guard let process = lines.first.flatMap({ Int32($0) }) else { throw SoakError("\(file.path) names no process") }
    kill(process, SIGQUIT)
    // Returns once the shell that watches over it has seen it go.
    try await server.stop()
    server = try await PrivateServer.start(options)
  }

  /// Ends it.
  func stop() async throws { try await server.stop() }

  /// How many samples have their outcome: rows and rejections.
  func outcomes() async throws -> Int {
    let rows = try await query("SELECT (SELECT count(*) FROM results) + (SELECT count(*) FROM rejections) AS n")
    return try rows.one()["n"]
  }

  /// All that stands in the database of what was sent.
  func found() async throws -> SoakFindings {
    var found = SoakFindings()
    for row in try await query("SELECT id, label, answered_by FROM results") {
      try found.answers[row["id"], default: []].append(
        SoakFindings.Answer(label: row["label"], answeredBy: row["answered_by"]))
    }
    let rejections = try await query(
      """
      SELECT topic, id, concat_ws('; ', reason, array_to_string(attempts, '; ')) AS reason,
        substr(payload, 1, 4096) AS head, payload IS NULL AS is_tombstone FROM rejections
      """)
    for row in rejections {
      try found.rejections.append(
        SoakFindings.Rejection(
          topic: row["topic"], id: row["id"], reason: row["reason"], head: row["head"], isTombstone: row["is_tombstone"]
        ))
    }
    return found
  }

  private func query(_ sql: String) async throws -> Rows {
    try await connection.retrying { try $0.query(sql) }
  }
}
