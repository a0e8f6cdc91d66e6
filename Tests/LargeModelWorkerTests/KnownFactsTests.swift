import LargeModelWorker
import Synchronization
import Tasks
import Testing

@Suite struct KnownFactsTests {
  @Test func aVersionIsReadOnceHoweverManyAskAtOnce() async throws {
    let reads = Mutex([String: Int]())
    let known = KnownFacts { task, version in
      reads.withLock { $0["\(task)/\(version)", default: 0] += 1 }
      // Whoever else asks comes meanwhile.
      for _ in 0..<100 { await Task.yield() }
      return version == "1" ? SmallModelFacts(prior: [1], recall: [1], precision: [1]) : nil
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        group.addTask {
          let facts = try await known.facts(task: "t", version: "\(number % 2)")
          #expect((facts != nil) == (number % 2 == 1))
        }
      }
      try await group.waitForAll()
    }
    #expect(reads.withLock { $0 } == ["t/0": 1, "t/1": 1])
  }

  @Test func aReadThatFailedIsTriedAgain() async throws {
    let reads = Mutex(0)
    let known = KnownFacts { _, _ in
      let number = reads.withLock {
        $0 += 1
        return $0
      }
      if number == 1 { throw TaskError("away") }
      return nil
    }
    await #expect(throws: TaskError.self) { try await known.facts(task: "t", version: "1") }
    #expect(try await known.facts(task: "t", version: "1") == nil)
    #expect(try await known.facts(task: "t", version: "1") == nil)
    #expect(reads.withLock { $0 } == 2)
  }
}
