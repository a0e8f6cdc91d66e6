import Postgres
import TestSupport
import Testing

@Suite struct AdvisoryLockTests {
  @Test func oneHolderAtATime() async throws {
    try await PostgresTestDatabase.with { settings in
      let first = try #require(try await AdvisoryLock.tryAcquire("round", settings))
      let refused = try await AdvisoryLock.tryAcquire("round", settings)
      #expect(refused == nil)
      let other = try #require(try await AdvisoryLock.tryAcquire("other", settings))
      #expect(try await first.isHeld())
      await first.release()
      #expect(try await first.isHeld() == false)
      // The server frees the lock when it has seen the connection's end.
      var again: AdvisoryLock?
      while again == nil { again = try await AdvisoryLock.tryAcquire("round", settings) }
      await other.release()
      await again?.release()
    }
  }

  @Test func aBrokenConnectionIsALostLock() async throws {
    try await PostgresTestDatabase.with { settings in
      var holding = settings
      holding.applicationName = "holder"
      let lock = try #require(try await AdvisoryLock.tryAcquire("round", holding))
      try await Connection(settings).query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'holder' AND datname = current_database()
        """)
      #expect(try await lock.isHeld() == false)
      #expect(try await lock.isHeld() == false)
    }
  }
}
