import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PrivateServerTests {
  /// Stops the server under an open connection and an open LISTEN, starts it again on the same data and port: both
  /// go on, and the committed row is there.
  @Test func clientsOutliveARestart() async throws {
    let home = "/tmp/shunt-restart-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: home) }
    let options = PrivateServer.Options(dataFolder: home, port: try freePort(), isDurable: false)
    let first = try await PrivateServer.start(options)
    let settings = try PostgresSettings(try #require(first.networkConnectionString))
    let connection = try Connection(settings)
    let events = try NotificationStream(settings, channels: ["c"], backoff: Backoff(initial: .milliseconds(5)))
      .makeAsyncIterator()
    #expect(try await events.next() == .listening)
    try await connection.run(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")

    try await first.stop()
    await #expect(throws: PostgresError.self) { _ = try await connection.query("SELECT n FROM t") }
    let second = try await PrivateServer.start(options)

    let backoff = Backoff(initial: .milliseconds(5), attempts: 100)
    #expect(try await connection.retrying(backoff) { try $0.query("SELECT n FROM t") }.one()["n"] == 1)
    #expect(try await events.next() == .listening)
    try await connection.run(script: "NOTIFY c, 'on'")
    #expect(try await events.next() == .notification(channel: "c", payload: "on"))
    try await second.stop()
  }

  /// Nothing calls `stop`: the thread that the kernel ties the server to goes with the last reference.
  @Test func theServerEndsWithWhoStartedIt() async throws {
    var server: PrivateServer? = try await PrivateServer.start(.init(isDurable: false))
    let settings = try PostgresSettings(try #require(server?.connectionString))
    let connection = try Connection(settings)
    let pid: Int = try await connection.query("SELECT pg_backend_pid() AS pid").one()["pid"]
    #expect(pid > 0)
    let waiting = Task { try await connection.query("SELECT pg_sleep(3600)") }
    server = nil
    let error = await #expect(throws: PostgresError.self) { _ = try await waiting.value }
    #expect(error?.isRetriable == true)
    // The folder goes last.
    let folder = try #require(settings.connectionString.split(separator: " ").first?.dropFirst("host=".count))
    while FileManager.default.fileExists(atPath: String(folder)) { await Task.yield() }
  }

  @Test func aPortInUseIsToldInTheServersWords() async throws {
    let taken = try Listener()
    let error = await #expect(throws: PostgresError.self) {
      _ = try await PrivateServer.start(.init(port: taken.port, isDurable: false))
    }
    #expect(error?.kind == .privateServer)
    #expect(error?.hint?.contains("Address already in use") == true)
  }
}

private func freePort() throws -> Int { try Listener().port }

/// Listens on a loopback port of the kernel's choice while it lives.
private final class Listener {
  let port: Int
  private let socketDescriptor: Int32

  init() throws {
    socketDescriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = socketDescriptor
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isListening)
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(socketDescriptor) }
}
