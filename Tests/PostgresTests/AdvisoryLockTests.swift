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

  /// It is held by a transaction, so that a pooler cannot hand it on, and no time limit of idle transactions ends it.
  @Test func noTimeLimitEndsAHeldLock() async throws {
    try await PostgresTestDatabase.with { settings in
      var holding = settings
      holding.applicationName = "patient holder"
      let observer = try Connection(settings)
      let name: String = try await observer.query("SELECT current_database()::text AS name").one()["name"]
      try await observer.run(
        script: """
          ALTER DATABASE \(name) SET idle_in_transaction_session_timeout = '20ms';
          ALTER DATABASE \(name) SET idle_session_timeout = '20ms';
          """)
      let lock = try #require(try await AdvisoryLock.tryAcquire("round", holding))
      _ = try await observer.query("SELECT pg_sleep(0.3)")
      #expect(try await lock.isHeld())
      let refused = try await AdvisoryLock.tryAcquire("round", settings)
      #expect(refused == nil)
      // It keeps no rows alive, and is no transaction that a reader of answers waits for.
      let row = try await observer.query(
        """
        SELECT state, backend_xid IS NULL AND backend_xmin IS NULL AS is_light FROM pg_stat_activity
        WHERE application_name = 'patient holder'
        """
      ).one()
      #expect(try row["state"] == "idle in transaction")
      #expect(try row["is_light"] == true)
      await lock.release()
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
