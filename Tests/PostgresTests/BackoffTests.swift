import Postgres
import Testing

@Suite struct BackoffTests {
  @Test(arguments: [(1, 100), (2, 200), (3, 400), (6, 3_200), (7, 5_000), (8, 5_000), (1_000_000, 5_000)])
  func theBoundDoublesUpToTheLongest(attempt: Int, milliseconds: Int) {
    let backoff = Backoff(initial: .milliseconds(100), longest: .seconds(5))
    #expect(backoff.delay(afterAttempt: attempt, jitter: 1) == .milliseconds(milliseconds))
    #expect(backoff.delay(afterAttempt: attempt, jitter: 0) == .zero)
    #expect(backoff.delay(afterAttempt: attempt, jitter: 0.5) == .milliseconds(milliseconds) / 2)
  }

  @Test func theLastAttemptHasNoDelay() {
    let backoff = Backoff(attempts: 3)
    #expect(backoff.delay(afterAttempt: 2, jitter: 0.5) != nil)
    #expect(backoff.delay(afterAttempt: 3, jitter: 0.5) == nil)
  }

  @Test(arguments: [
    (PostgresError.Kind.connection, true), (.server, false), (.decoding, false), (.usage, false),
    (.privateServer, false),
  ])
  func withoutAStateOnlyALostConnectionIsRetriable(kind: PostgresError.Kind, isRetriable: Bool) {
    #expect(PostgresError(kind, "").isRetriable == isRetriable)
  }
}
