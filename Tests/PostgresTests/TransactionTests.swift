import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
  private struct Refused: Error {}

  @Test func whatTheBodyThrowsRollsBack() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (n int)")
      await #expect(throws: Refused.self) {
        try await connection.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          throw Refused()
        }
      }
      #expect(try await connection.query("SELECT * FROM t").isEmpty)
    }
  }

  @Test func aSwallowedFailureIsNoCommit() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (n int)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          _ = try? session.execute("SELECT 1/0")
        }
      }
      #expect(error?.message.contains("swallowed") == true)
      #expect(try await connection.query("SELECT * FROM t").isEmpty)
    }
  }

  /// A hundred tasks read, then write, on one connection. Were a statement to slip between two of a transaction, an
  /// increment would be lost or the transaction numbers would differ.
  @Test func noStatementSlipsIntoATransaction() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
      try await withThrowingTaskGroup { group in
        for _ in 0..<100 {
          group.addTask {
            let isAlone = try await connection.transaction { session in
              let before: Int = try session.query("SELECT txid_current() AS id").one()["id"]
              let count: Int = try session.query("SELECT n FROM counter").one()["n"]
              try session.execute("UPDATE counter SET n = $1", [.integer(count + 1)])
              let after: Int = try session.query("SELECT txid_current() AS id").one()["id"]
              return before == after
            }
            #expect(isAlone)
          }
          group.addTask { _ = try await connection.query("SELECT n FROM counter") }
        }
        try await group.waitForAll()
      }
      #expect(try await connection.query("SELECT n FROM counter").one()["n"] == 100)
    }
  }

  @Test func aTransactionInATransactionIsRefused() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { try $0.transaction { _ in } }
      }
      #expect(error?.message.contains("already open") == true)
    }
  }

  @Test func aTransactionLeftOpenByAStatementIsRolledBack() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      try await connection.run(script: "CREATE TABLE t (n int)")
      try await connection.run(script: "BEGIN; INSERT INTO t VALUES (1)")
      #expect(try await connection.query("SELECT * FROM t").isEmpty)
    }
  }

  /// Two transactions take two rows in opposite order; the server ends one with a deadlock, and it is tried again.
  @Test func deadlocksAreTriedAgain() async throws {
    try await PostgresTestDatabase.with { settings in
      let (first, second) = (try Connection(settings), try Connection(settings))
      try await first.run(
        script: "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)")
      try await withThrowingTaskGroup { group in
        for (connection, order) in [(first, [1, 2]), (second, [2, 1])] {
          group.addTask {
            for _ in 0..<20 {
              try await connection.retryingTransaction { session in
                for id in order { try session.execute("UPDATE t SET n = n + 1 WHERE id = $1", [.integer(id)]) }
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await first.query("SELECT sum(n) AS sum FROM t").one()["sum"] == 80)
    }
  }
}
