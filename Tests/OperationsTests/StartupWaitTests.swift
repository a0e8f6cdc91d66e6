import Kafka
import Operations
import Postgres
import Synchronization
import Testing

@Suite struct StartupWaitTests {
  private final class Told: Sendable {
    let lines = Mutex<[String]>([])
    let attempts = Mutex(0)
    func wait(_ limit: Duration) -> StartupWait {
      StartupWait(atMost: limit, pause: .zero) { line in self.lines.withLock { $0.append(line) } }
    }
    func attempt(failing errors: [any Error]) throws -> String {
      let number = attempts.withLock { attempts in
        defer { attempts += 1 }
        return attempts
      }
      if number < errors.count { throw errors[number] }
      return "there"
    }
  }

  @Test func aServerThatStartsIsWaitedForAndEachReasonIsToldOnce() async throws {
    let away = KafkaError(code: "_TRANSPORT", message: "away", isRetriable: true)
    let loading = PostgresError(.server, "starting up", sqlState: "57P03")
    let told = Told()
    let value = try await told.wait(.seconds(3600)).until("it") {
      try told.attempt(failing: [away, away, loading, away])
    }
    #expect(value == "there")
    #expect(told.lines.withLock { $0 } == [away, loading, away].map { "waits for it: \($0)" })
  }

  @Test(arguments: [
    KafkaError(code: "TOPIC_AUTHORIZATION_FAILED", message: "no") as any Error & Sendable,
    PostgresError(.server, "no such role", sqlState: "28000"), CancellationError(),
  ])
  func whatWaitingCannotMendIsThrownAtOnce(error: any Error & Sendable) async {
    let told = Told()
    let thrown = await #expect(throws: (any Error).self) {
      _ = try await told.wait(.seconds(3600)).until("it") { try told.attempt(failing: [error]) }
    }
    #expect(thrown.map { "\($0)" } == "\(error)")
    #expect(told.attempts.withLock { $0 } == 1)
  }

  @Test func withoutTimeThereIsOneAttempt() async {
    let told = Told()
    let away = KafkaError(code: "_TRANSPORT", message: "away", isRetriable: true)
    await #expect(throws: away) {
      _ = try await told.wait(.zero).until("it") { try told.attempt(failing: [away, away]) }
    }
    #expect(told.attempts.withLock { $0 } == 1)
  }
}
