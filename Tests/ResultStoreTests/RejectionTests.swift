import Foundation
import Postgres
@testable import ResultStore
import TestSupport
import Testing

@Suite struct RejectionTests {
  private func rejection(_ offset: Int, payload: [UInt8]? = [0, 0xFF, 0x7B]) -> RejectionRow {
    RejectionRow(
      topic: "samples", partition: 3, offset: offset, task: "intents", id: nil, reason: "not\0JSON", payload: payload,
      isTruncated: true, originalSize: 5_000_000, attempts: ["429 \0", "timeout"],
      rejectedAt: Date(timeIntervalSince1970: 1_700_000_000))
  }

  @Test func aRejectionComesBackAsItWent() async throws {
    try await withStore { store, _ in
      let rows = [rejection(1), rejection(2, payload: nil), rejection(3, payload: [])]
      let written = try await store.write(rejections: rows)
      #expect(written == 3)
      let stored = try await store.openRejections()
      #expect(stored.map(\.row) == rows)
      #expect(stored.first?.row.reason == "not\u{FFFD}JSON")
      #expect(stored.allSatisfy { $0.replayedAt == nil })
    }
  }

  @Test func aMessageIsRejectedOnce() async throws {
    try await withStore { store, _ in
      let first = try await store.write(rejections: [rejection(1), rejection(1)])
      #expect(first == 1)
      let again = try await store.write(rejections: [rejection(1), rejection(2)])
      #expect(again == 1)
    }
  }

  @Test func aTopicMadeAnewHidesNothing() async throws {
    try await withStore { store, _ in
      let before = try await store.write(rejections: [rejection(1)])
      #expect(before == 1)
      let after = try await store.write(rejections: [rejection(1, payload: [1])])
      #expect(after == 1)
    }
  }

  @Test func replayingTwiceMarksOnce() async throws {
    try await withStore { store, _ in
      _ = try await store.write(rejections: [rejection(1), rejection(2)])
      let numbers = try await store.openRejections().map(\.number)
      try await #expect(store.markReplayed([numbers[0]]) == 1)
      try await #expect(store.markReplayed(numbers) == 1)
      try await #expect(store.openRejections().isEmpty)
    }
  }
}

@Suite struct SchemaTests {
  @Test func tenWorkersMigrateAtOnce() async throws {
    try await PostgresTestDatabase.with { settings in
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<10 { group.addTask { try await ResultSchema.migrate(Connection(settings)).count } }
        return try await group.reduce(0, +)
      }
      #expect(try applied == ResultSchema.migrations().steps.count)
    }
  }
}
