import Concurrency
import Foundation
import Logging

/// A Postgres of our own from Debian's programs, for local mode and tests: in a temporary folder, or with its data in
/// a folder that stays. It ends with the process that started it, however that ends, and takes its temporary folder
/// with it.
///
/// A shell watches over the server: the kernel signals the shell when the thread that started it dies
/// (`PR_SET_PDEATHSIG`, by `setpriv`), the shell stops the server and removes the folder.
public final class PrivateServer: Sendable {
  /// How the server is set up.
  public struct Options: Sendable {
    /// Where the data and the password stay; `nil`: in the temporary folder.
    public var dataFolder: String?
    /// A port on the loopback interface, guarded by a password; `nil`: a Unix socket in the temporary folder only.
    public var port: Int?
    /// False for tests: no flush to disk, so a crash of the machine loses the data.
    public var isDurable: Bool
    /// Connections at once.
    public var connections: Int

    /// Temporary, by socket only, durable.
    public init(dataFolder: String? = nil, port: Int? = nil, isDurable: Bool = true, connections: Int = 100) {
      self.dataFolder = dataFolder
      self.port = port
      self.isDurable = isDurable
      self.connections = connections
    }
  }

  /// Reaches the database `shunt` as its owner, from this machine, by the socket.
  public let connectionString: String
  /// The same over loopback, with the password, where a port was asked for.
  public let networkConnectionString: String?
  private let process: Process
  private let folder: String
  /// The kernel ties the shell's life to this thread's.
  private let thread: DedicatedThread

  private init(
    process: Process, folder: String, thread: DedicatedThread, connectionString: String,
    networkConnectionString: String?
  ) {
    self.process = process
    self.folder = folder
    self.thread = thread
    self.connectionString = connectionString
    self.networkConnectionString = networkConnectionString
  }

  /// Starts a server and returns when it accepts connections and the database `shunt` exists.
  /// - Throws: `PostgresError` of kind `privateServer` with the server's last words.
  public static func start(_ options: Options = Options()) async throws -> PrivateServer {
    let plan = try PrivateServerPlan(options)
    let thread = DedicatedThread(name: "postgres-server")
    let process = try await thread.run { try plan.launch() }
    let server = PrivateServer(
      process: process, folder: plan.folder, thread: thread, connectionString: plan.connectionString("shunt"),
      networkConnectionString: plan.networkConnectionString("shunt"))
    do { try await server.createDatabase(plan) } catch {
      let words = plan.lastWords()
      try await server.stop()
      throw PostgresError(.privateServer, "Postgres did not start: \(error)", hint: words)
    }
    return server
  }

  /// Stops the server: open transactions are rolled back, data flushed, the temporary folder removed.
  public func stop() async throws {
    try await thread.run { [process, folder] in
      // The shell stops the server on TERM and ends when all is gone.
      if process.isRunning { process.terminate() }
      process.waitUntilExit()
      if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }
  }

  /// Connects as soon as the server accepts connections, and gives up when its process ends.
  private func createDatabase(_ plan: PrivateServerPlan) async throws {
    let connection = try Connection(PostgresSettings(plan.connectionString("postgres")), logger: .silent)
    let patience = Backoff(initial: .milliseconds(20), longest: .milliseconds(200), attempts: 600)
    var attempt = 1
    while true {
      do {
        // The password is letters and digits of ours; ALTER ROLE takes no parameters.
        try await connection.run(script: "ALTER ROLE shunt PASSWORD '\(plan.password)'")
        break
      } catch let error as PostgresError where error.isRetriable && process.isRunning {
        guard let delay = patience.delay(afterAttempt: attempt, jitter: 1) else { throw error }
        try await Task.sleep(for: delay)
        attempt += 1
      }
    }
    if try await connection.query("SELECT 1 FROM pg_database WHERE datname = 'shunt'").isEmpty {
      try await connection.run(script: "CREATE DATABASE shunt")
    }
  }
}

extension Logger {
  /// Refused connections are what a server that starts looks like.
  fileprivate static var silent: Logger { Logger(label: "postgres") { _ in SwiftLogNoOpLogHandler() } }
}
