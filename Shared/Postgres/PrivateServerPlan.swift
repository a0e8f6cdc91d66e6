import Concurrency
import Foundation

/// Folders, commands and addresses of a private server.
struct PrivateServerPlan: Sendable {
  /// Holds the socket, the log, and the data where they are temporary. Short: a socket's path has at most 107 bytes.
  let folder: String
  /// Holds the cluster's data and its password.
  private let home: String
  /// Guards the loopback port.
  let password: String
  private let options: PrivateServer.Options
  private let programs: PrivateServerPrograms
  private let account: PrivateServerAccount

  init(_ options: PrivateServer.Options) throws {
    self.options = options
    programs = try PrivateServerPrograms.find()
    account = try PrivateServerAccount.current()
    folder = try Self.temporaryFolder()
    try account.own(folder)
    home = options.dataFolder.map { URL(filePath: $0).path } ?? folder
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try account.own(home)
    password = try Self.password(in: home)
  }

  func connectionString(_ database: String) -> String {
    "host=\(folder) port=\(port) user=shunt dbname=\(database)"
  }

  func networkConnectionString(_ database: String) -> String? {
    options.port.map { "postgresql://shunt:\(password)@127.0.0.1:\($0)/\(database)" }
  }

  /// Starts the watching shell. Must run on a thread that lives as long as the server should.
  func launch() throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["setpriv", "--pdeathsig", "TERM", "sh", "-c", watch]
    // Nothing of ours: whoever reads our output must not wait for the server's end.
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.currentDirectoryURL = URL(filePath: "/")
    try process.runWithAllSignals()
    return process
  }

  /// The end of the server's log.
  func lastWords() -> String? {
    guard let log = FileManager.default.contents(atPath: "\(folder)/log") else { return nil }
    return String(decoding: log.suffix(2_000), as: UTF8.self)
  }

  private var port: Int { options.port ?? 5432 }
  private var data: String { "\(home)/cluster" }

  private var settings: [String] {
    var settings = [
      "unix_socket_directories=\(folder)", "listen_addresses=\(options.port == nil ? "" : "127.0.0.1")",
      "port=\(port)", "max_connections=\(options.connections)", "lc_messages=C", "timezone=UTC",
      "autovacuum_naptime=10s", "max_wal_size=2GB", "log_min_messages=warning",
    ]
    if !options.isDurable { settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] }
    return settings.flatMap { ["-c", $0] }
  }

  /// The watching shell's script. A signal ends `wait` before its time, so it waits until the server is gone. Where
  /// the server ends unasked, the folder stays with the log.
  private var watch: String {
    """
    exec >\(quoted("\(folder)/log")) 2>&1
    end() { rm -rf \(quoted(folder)); exit 0; }
    trap end TERM INT
    [ -e \(quoted("\(data)/PG_VERSION")) ] || \(command(initialise)) || exit 1
    \(command(serve)) &
    server=$!
    trap 'asked=yes; kill -INT $server' TERM INT
    while kill -0 $server 2>/dev/null; do wait $server; done
    [ -z "$asked" ] || end
    exit 1
    """
  }

  private var initialise: [String] {
    account.prefix + [
      programs.initdb, "--pgdata=\(data)", "--username=shunt", "--encoding=UTF8", "--locale=C.UTF-8",
      "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions",
    ]
  }

  /// The kernel clears the death signal when the account changes, so it is set after that.
  private var serve: [String] {
    account.prefix + ["setpriv", "--pdeathsig", "INT", programs.postgres, "-D", data] + settings
  }

  private func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// A word as the shell reads it, whatever is in it.
  private func quoted(_ word: String) -> String {
    // By bytes: a quote with a combining mark behind it is a quote to the shell.
    "'"
      + word.utf8.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }.joined(separator: "'\\''") + "'"
  }

  /// The password that stands beside the data, a new one where there is none.
  private static func password(in home: String) throws -> String {
    let file = URL(filePath: "\(home)/password")
    if FileManager.default.fileExists(atPath: file.path) { return try String(contentsOf: file, encoding: .utf8) }
    let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
    var generator = SystemRandomNumberGenerator()
    let password = String((0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: Data(password.utf8), attributes: [.posixPermissions: 0o600])
    else { throw PostgresError(.privateServer, "cannot write \(file.path)") }
    return password
  }

  private static func temporaryFolder() throws -> String {
    var template = Array("/tmp/shunt-postgres-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw PostgresError(.privateServer, "no folder in /tmp: \(String(cString: strerror(errno)))")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
