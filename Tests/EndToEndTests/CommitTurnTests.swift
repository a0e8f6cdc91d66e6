import Synchronization
import Testing

@testable import Router

/// What has been committed, in its order.
private final class Commits: Sendable {
  private let numbers = Mutex<[Int]>([])
  var all: [Int] { numbers.withLock { $0 } }
  func add(_ number: Int) { numbers.withLock { $0.append(number) } }
}

/// Batches that end in any order commit in the order they were taken.
@Suite struct CommitTurnTests {
  @Test func theLaterWaitsForTheEarlier() async throws {
    let commits = Commits()
    let turns = (0...5).map { _ in CommitTurn() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for batch in (0..<5).reversed() {
        group.addTask {
          try await turns[batch].wait()
          commits.add(batch)
          turns[batch + 1].give()
        }
      }
      turns[0].give()
      try await group.waitForAll()
    }
    #expect(commits.all == [0, 1, 2, 3, 4])
  }

  @Test func afterAFailureNoLaterBatchCommits() async {
    struct Failure: Error {}
    let (first, second) = (CommitTurn(), CommitTurn())
    let commits = Commits()
    await #expect(throws: Failure.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await second.wait()
          commits.add(2)
        }
        group.addTask {
          try await first.wait()
          throw Failure()
        }
        first.give()
        while try await group.next() != nil {}
      }
    }
    #expect(commits.all.isEmpty)
  }
}
