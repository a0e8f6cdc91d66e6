import Foundation
import Logging
import Postgres

/// A database of a test's own, on the one server of the test process: a private one, or the one that
/// `SHUNT_TEST_POSTGRES` names (a connection string whose user may create databases).
public enum PostgresTestDatabase {
  /// Runs `body` with a fresh database and drops it afterwards.
  /// - Parameter template: a schema that is set up once a process and then copied.
  public static func with<Value>(
    _ template: PostgresTestTemplate? = nil, _ body: (PostgresSettings) async throws -> Value
  ) async throws -> Value {
    let server = try await PostgresTestServer.shared.settings()
    let source = try await PostgresTestServer.shared.database(for: template)
    let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
    let administrator = try Connection(server)
    try await administrator.run(script: "CREATE DATABASE \(name) TEMPLATE \(source)")
    do {
      let value = try await body(server.database(name))
      try await administrator.run(script: "DROP DATABASE \(name) WITH (FORCE)")
      return value
    } catch {
      try await administrator.run(script: "DROP DATABASE \(name) WITH (FORCE)")
      throw error
    }
  }
}

/// A schema to copy.
public struct PostgresTestTemplate: Sendable {
  let name: String
  let prepare: @Sendable (Connection) async throws -> Void

  /// - Parameters:
  ///   - name: lower-case letters and underscores, one a schema.
  ///   - prepare: sets the schema up, for example by its migrations.
  public init(_ name: String, prepare: @escaping @Sendable (Connection) async throws -> Void) {
    self.name = name
    self.prepare = prepare
  }
}

/// Starts the server when the first test asks, and each template when its first test asks.
private actor PostgresTestServer {
  static let shared = PostgresTestServer()

  // Tasks, so that tests that ask at the same time wait for the same start.
  private var server: Task<PrivateServer, any Error>?
  private var templates: [String: Task<String, any Error>] = [:]

  func settings() async throws -> PostgresSettings {
    if let named = ProcessInfo.processInfo.environment["SHUNT_TEST_POSTGRES"] { return try PostgresSettings(named) }
    let starting = server ?? Task { try await PrivateServer.start(.init(isDurable: false, connections: 300)) }
    server = starting
    return try await PostgresSettings(starting.value.connectionString)
  }

  func database(for template: PostgresTestTemplate?) async throws -> String {
    guard let template else { return "template1" }
    let settings = try await settings()
    let making = templates[template.name] ?? Task { try await Self.make(template, settings) }
    templates[template.name] = making
    return try await making.value
  }

  private static func make(_ template: PostgresTestTemplate, _ server: PostgresSettings) async throws -> String {
    // A server that is named by the environment may still have one of an older schema.
    let name = "template_\(template.name)_\(ProcessInfo.processInfo.processIdentifier)"
    let administrator = try Connection(server)
    try await administrator.run(script: "DROP DATABASE IF EXISTS \(name)")
    try await administrator.run(script: "CREATE DATABASE \(name)")
    let connection = try Connection(server.database(name))
    try await template.prepare(connection)
    await connection.close()
    return name
  }
}
