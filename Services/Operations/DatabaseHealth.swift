import Foundation
import Postgres
import ServiceLifecycle
import Synchronization
import WorkerRuntime

/// Tells a worker's health whether the database does what it is asked: whether anybody tries again because it is away,
/// full or read-only, and whether it answers at all, which it is asked every five seconds.
struct DatabaseHealth: Service {
  let database: PostgresSettings
  let health: Health
  private let asked = AskedAt()

  init(database: PostgresSettings, health: Health) {
    self.database = database
    self.health = health
  }

  private static let component = "database"
  private static let askInterval = Duration.seconds(5)
  private static let tellInterval = Duration.seconds(1)
  /// A server that was stopped in the middle closes nothing and answers nothing.
  private static let patience = Duration.seconds(15)

  func run() async throws {
    _ = try await untilShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await ask() }
        group.addTask { try await tell() }
        try await group.waitForAll()
      }
    }
  }

  private func ask() async throws {
    let connection = try Connection(database)
    while true {
      asked.set(.now)
      try await connection.ping(backoff: Backoff())
      asked.set(nil)
      try await Task.sleep(for: Self.askInterval)
    }
  }

  private func tell() async throws {
    while true {
      health.set(Self.component, state(now: .now))
      try await Task.sleep(for: Self.tellInterval)
    }
  }

  private func state(now: ContinuousClock.Instant) -> ComponentState {
    if let wait = database.waits.longest { return .failing(wait.reason) }
    guard let asked = asked.value, now - asked > Self.patience else { return .ready }
    return .failing("Postgres has not answered for \((now - asked).components.seconds) s")
  }
}

/// When the question was asked that is not answered yet.
private final class AskedAt: Sendable {
  private let instant = Mutex<ContinuousClock.Instant?>(nil)
  var value: ContinuousClock.Instant? { instant.withLock { $0 } }
  func set(_ value: ContinuousClock.Instant?) { instant.withLock { $0 = value } }
}
