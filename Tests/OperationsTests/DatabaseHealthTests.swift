import Foundation
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import WorkerRuntime

@testable import Operations

@Suite struct DatabaseHealthTests {
  /// Whoever tries again because the database is full, read-only or away is seen on /readyz: at once in its words, and
  /// after the grace time as not ready.
  @Test func whatTheDatabaseRefusesIsSeenUntilItIsOver() async throws {
    try await PostgresTestDatabase.with { database in
      let clock = Shared(Date(timeIntervalSince1970: 0))
      let health = Health(graceTime: .seconds(30), now: { clock.value.withLock { $0 } })
      let isFull = Shared(true)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await DatabaseHealth(database: database, health: health).run() }
        group.addTask {
          try await Connection(database).retrying(Backoff(initial: .milliseconds(1), longest: .milliseconds(1))) { _ in
            if isFull.value.withLock({ $0 }) {
              throw PostgresError(.server, "could not extend file: No space left on device", sqlState: "53100")
            }
          }
        }
        try await eventually("the full disk is told") { health.state.report.contains("No space left on device") }
        #expect(health.state.isReady)
        clock.value.withLock { $0 += 31 }
        #expect(!health.state.isReady)
        isFull.value.withLock { $0 = false }
        try await eventually("it is over") { health.state.report == "ok\n" }
        #expect(health.state.isReady)
        group.cancelAll()
      }
    }
  }

  @Test func aServerThatIsGoneIsSeenThoughNobodyAsks() async throws {
    let server = try await PrivateServer.start(.init(isDurable: false, connections: 10))
    let database = try PostgresSettings(server.connectionString)
    let health = Health()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await DatabaseHealth(database: database, health: health).run() }
      try await eventually("the server is there") { health.state.components["database"]?.state == .ready }
      try await server.stop()
      try await eventually("the server is missed") { health.state.report.contains("database: failing") }
      group.cancelAll()
    }
  }
}

/// A value that the test and what it tests share.
private final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}
