import Foundation
@testable import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct FaultTests {
  @Test(
    arguments: [
      ("22003", .data), ("22021", .data), ("22P05", .data), ("22008", .data), ("21000", .data), ("23502", .data),
      ("23503", .data), ("23505", .data), ("23514", .data), ("44000", .data), ("54000", .data), ("P0001", .data),
      ("08006", .world), ("25006", .world), ("25P03", .world), ("40001", .world), ("40P01", .world), ("53100", .world),
      ("53200", .world), ("53300", .world), ("55P03", .world), ("57014", .world), ("57P01", .world), ("57P02", .world),
      ("57P03", .world), ("57P05", .world), ("58030", .world), ("XX000", .world), ("42501", .world),
      ("42P01", .program), ("42703", .program), ("42601", .program), ("28P01", .program), ("0A000", .program),
      ("3D000", .program), ("", .program),
    ] as [(String, PostgresError.Fault)])
  func aStateTellsWhoseFaultItIs(code: String, fault: PostgresError.Fault) {
    #expect(SQLState(code).fault == fault)
  }

  /// Whatever was said before a connection broke: it broke.
  @Test(
    arguments: [
      (nil, .world), ("22003", .world), ("57P01", .world), ("08P01", .world), ("42601", .world), ("28P01", .program),
      ("3D000", .program),
    ] as [(String?, PostgresError.Fault)])
  func aBrokenConnectionIsTheWorldsFault(code: String?, fault: PostgresError.Fault) {
    #expect(PostgresError(.connection, "", sqlState: code).fault == fault)
  }

  /// Servers and poolers end connections that lie idle; the next statement must not pay for it.
  @Test(arguments: [true, false])
  func aConnectionThatEndedWhileIdleIsReplaced(byTimeout: Bool) async throws {
    try await PostgresTestDatabase.with { settings in
      var idle = settings
      idle.applicationName = "idle"
      let (connection, observer) = (try Connection(idle), try Connection(settings))
      try await connection.query("SELECT 1")
      if byTimeout {
        try await connection.query("SET idle_session_timeout = '1ms'")
      } else {
        try await observer.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idle'")
      }
      try await observer.waitUntil(
        "SELECT count(*) = 0 AS done FROM pg_stat_activity WHERE application_name = 'idle'")
      #expect(try await connection.query("SELECT 1 AS one").one()["one"] == 1)
    }
  }

  /// A wait is told to who looks at the settings' waits, for as long as it lasts.
  @Test func whoTriesAgainIsSeenToWait() async throws {
    try await PostgresTestDatabase.with { settings in
      let connection = try Connection(settings)
      let observer = try Connection(settings)
      try await observer.run(script: "CREATE SEQUENCE attempts")
      let reasons = Reasons()
      let attempts: Int = try await connection.retrying(Backoff(initial: .microseconds(1))) { session in
        reasons.note(settings.waits.longest?.reason)
        let attempt: Int = try session.query("SELECT nextval('attempts') AS n").one()["n"]
        if attempt < 3 { throw PostgresError(.server, "the disk is full", sqlState: "53100") }
        return attempt
      }
      #expect(attempts == 3)
      let told = "Postgres: the disk is full (SQLSTATE 53100)"
      #expect(reasons.all == [nil, told, told])
      #expect(settings.waits.longest == nil)
    }
  }

  @Test(arguments: [
    ("aé", 2, "a"), ("aé", 3, "aé"), ("\u{1F468}", 3, ""), ("e\u{0301}", 1, "e"), ("abc", 0, ""), ("abc", 9, "abc"),
  ])
  func textIsCutByBytes(text: String, most: Int, expected: String) {
    #expect(Array(text.cut(toBytes: most).utf8) == Array(expected.utf8))
  }

  @Test func storedTextsAreTheirBytes() {
    let (composed, decomposed) = (StoredText("é"), StoredText("e\u{0301}"))
    #expect(composed.text == decomposed.text)
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, StoredText("é")]).count == 2)
    #expect(decomposed < composed)
  }
}

/// What was seen, in order.
private final class Reasons: Sendable {
  private let reasons = Mutex<[String?]>([])
  var all: [String?] { reasons.withLock { $0 } }
  func note(_ reason: String?) { reasons.withLock { $0.append(reason) } }
}
