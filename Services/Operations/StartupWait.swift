import Kafka
import Postgres

/// Waits for servers that may still be starting, as where `shunt init` is started together with them.
public struct StartupWait: Sendable {
  private let limit: Duration
  private let pause: Duration
  private let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - limit: how long in all for one server; none is a single attempt.
  ///   - pause: between two attempts.
  ///   - say: told each new reason to wait.
  public init(atMost limit: Duration, pause: Duration = .seconds(1), say: @escaping @Sendable (String) -> Void) {
    self.limit = limit
    self.pause = pause
    self.say = say
  }

  /// Tries again while the server is away.
  /// - Throws: what the last attempt failed with, at once where waiting cannot mend it; `CancellationError`.
  public func until<Value: Sendable>(
    _ server: String, _ attempt: @Sendable () async throws -> Value
  ) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var told: String?
    while true {
      do {
        return try await attempt()
      } catch  where Self.mayPass(error) && ContinuousClock.now < deadline {
        let reason = "\(error)"
        if reason != told { say("waits for \(server): \(reason)") }
        told = reason
        try await Task.sleep(for: pause)  // A server's start can only be asked about again.
      }
    }
  }

  private static func mayPass(_ error: any Error) -> Bool {
    switch error {
    case let error as KafkaError: error.isRetriable
    case let error as PostgresError: error.isRetriable
    default: false
    }
  }
}
