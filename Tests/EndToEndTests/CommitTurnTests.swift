import Synchronization
import Testing

@testable import Router

/// Batches that end in any order commit in the order they were taken.
@Suite struct CommitTurnTests {
  @Test func theLaterWaitsForTheEarlier() async throws {
    let committed = Mutex<[Int]>([])
    let turns = (0...5).map { _ in CommitTurn() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for batch in (0..<5).reversed() {
        group.addTask {
          try await turns[batch].wait()
          committed.withLock { $0.append(batch) }
          turns[batch + 1].give()
        }
      }
      turns[0].give()
      try await group.waitForAll()
    }
    #expect(committed.withLock { $0 } == [0, 1, 2, 3, 4])
  }

  @Test func afterAFailureNoLaterBatchCommits() async {
    struct Failure: Error {}
    let (first, second) = (CommitTurn(), CommitTurn())
    let isCommitted = Mutex(false)
    await #expect(throws: Failure.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await second.wait()
          isCommitted.withLock { $0 = true }
        }
        group.addTask {
          try await first.wait()
          throw Failure()
        }
        first.give()
        while try await group.next() != nil {}
      }
    }
    #expect(!isCommitted.withLock { $0 })
  }
}
