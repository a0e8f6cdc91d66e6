import Postgres
import TestSupport
import Testing

@Suite struct NotificationTests {
  @Test func notificationsArriveInOrder() async throws {
    try await PostgresTestDatabase.with { settings in
      let notifier = try Connection(settings)
      let events = try NotificationStream(settings, channels: ["Odd \"name", "other"]).makeAsyncIterator()
      #expect(try await events.next() == .listening)
      for number in 0..<3 { _ = try await notifier.query("SELECT pg_notify('Odd \"name', $1)", [.text("\(number)")]) }
      for number in 0..<3 {
        #expect(try await events.next() == .notification(channel: "Odd \"name", payload: "\(number)"))
      }
      try await notifier.run(script: "NOTIFY other")
      #expect(try await events.next() == .notification(channel: "other", payload: ""))
    }
  }

  @Test func aLostConnectionListensAgainAndSaysSo() async throws {
    try await PostgresTestDatabase.with { settings in
      let notifier = try Connection(settings)
      var listening = settings
      listening.applicationName = "listener"
      let events = try NotificationStream(
        listening, channels: ["c"], backoff: Backoff(initial: .milliseconds(1))
      ).makeAsyncIterator()
      #expect(try await events.next() == .listening)
      try await notifier.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'listener' AND datname = current_database()
        """)
      #expect(try await events.next() == .listening)
      try await notifier.run(script: "NOTIFY c, 'after'")
      #expect(try await events.next() == .notification(channel: "c", payload: "after"))
    }
  }

  /// Behind a pooler nothing may be heard: who reads on is told to look at the tables himself.
  @Test func silenceIsTold() async throws {
    try await PostgresTestDatabase.with { settings in
      let events = try NotificationStream(settings, channels: ["c"], quiet: .milliseconds(1)).makeAsyncIterator()
      #expect(try await events.next() == .listening)
      #expect(try await events.next() == .quiet)
      #expect(try await events.next() == .quiet)
      try await Connection(settings).run(script: "NOTIFY c, 'heard'")
      var event = try await events.next()
      while event == .quiet { event = try await events.next() }
      #expect(event == .notification(channel: "c", payload: "heard"))
    }
  }

  @Test func cancellationEndsTheSequence() async throws {
    try await PostgresTestDatabase.with { settings in
      let (begun, begin) = AsyncStream.makeStream(of: Void.self)
      let listening = Task {
        var heard: [NotificationEvent] = []
        for try await event in try NotificationStream(settings, channels: ["c"]) {
          heard.append(event)
          begin.finish()
        }
        return heard
      }
      for await _ in begun {}
      listening.cancel()
      let heard = try await listening.value
      #expect(heard == [.listening])
    }
  }

  @Test func whatTryingAgainCannotMendIsThrown() async throws {
    try await PostgresTestDatabase.with { settings in
      let events = try NotificationStream(settings.database("no_such_database"), channels: ["c"]).makeAsyncIterator()
      await #expect(throws: PostgresError.self) { _ = try await events.next() }
    }
  }
}
