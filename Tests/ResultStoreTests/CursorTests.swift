import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct CursorTests {
  /// A transaction that began first and commits last: its row has the lower numbers and appears behind a reader that
  /// does not wait for it.
  @Test func aLateCommitIsNotSkipped() async throws {
    try await withStore { store, settings in
      let slow = try Connection(settings)
      let (holding, hold) = AsyncStream.makeStream(of: Void.self)
      let gate = try Connection(settings)
      try await gate.run(script: "SELECT pg_advisory_lock(7)")
      let late = Task {
        try await slow.transaction { session in
          try session.query("SELECT pg_current_xact_id()")
          hold.finish()
          try session.query("SELECT pg_advisory_lock(7)")
          try session.execute(
            """
            INSERT INTO results (task, id, label, confidence, answered_by, model_version, is_degraded, text,
              answered_at, has_replaced_nulls)
            VALUES ('intents', 'late', 'a', 1, 'large', 'v', false, 'text', now(), false)
            """)
        }
      }
      for await _ in holding {}
      _ = try await store.write([fullRow("early")])

      try await #expect(store.newestTeaching(task: "intents", limit: 10).answers.isEmpty)
      try await #expect(store.teachingCount(task: "intents", after: AnswerCursor()) == 0)
      try await gate.run(script: "SELECT pg_advisory_unlock(7)")
      try await late.value
      // Other tests' transactions on the same server may hold the reader back for a moment.
      while try await store.teachingCount(task: "intents", after: AnswerCursor()) < 2 {}
      try await #expect(
        store.newestTeaching(task: "intents", limit: 10).answers.map(\.id).sorted() == ["early", "late"])
    }
  }

  /// Writers of random batches and a reader at the same time: what the reader has met stays the beginning of what it meets
  /// later.
  @Test func underConcurrentWritersNothingAppearsBehindTheCursor() async throws {
    try await withStore { store, settings in
      try await withThrowingTaskGroup { group in
        for writer in 0..<4 {
          group.addTask {
            let store = ResultStore(try Connection(settings))
            var generator = SplitMix64(state: UInt64(writer))
            for batch in 0..<15 {
              let size = Int.random(in: 1...40, using: &generator)
              _ = try await store.write(
                (0..<40).map { fullRow("\(writer)-\(batch)-\($0)", text: $0 < size ? "text" : nil) })
            }
          }
        }
        group.addTask {
          var seen: [String] = []
          var cursor = AnswerCursor()
          let expected = Self.expectedCount
          while seen.count < expected {
            let next = try await store.newestTeaching(task: "intents", limit: 10_000)
            let ids = next.answers.map(\.id)
            let isContinued = ids.starts(with: seen)
            #expect(isContinued, "an answer appeared behind the cursor")
            (seen, cursor) = (ids, next.cursor)
          }
          #expect(Set(seen).count == expected)
          try await #expect(store.teachingCount(task: "intents", after: cursor) == 0)
        }
        try await group.waitForAll()
      }
    }
  }

  private static var expectedCount: Int {
    (0..<4).reduce(0) { total, writer in
      var generator = SplitMix64(state: UInt64(writer))
      return total + (0..<15).reduce(0) { sum, _ in sum + Int.random(in: 1...40, using: &generator) }
    }
  }

  @Test func onlyAnswersWithTheirTextTeach() async throws {
    try await withStore { store, _ in
      _ = try await store.write([plainRow("bare"), fullRow("full"), fullRow("other", task: "other")])
      var answers: [ResultRow] = []
      while answers.isEmpty { answers = try await store.newestTeaching(task: "intents", limit: 10).answers }
      #expect(answers == [fullRow("full")])
    }
  }
}
