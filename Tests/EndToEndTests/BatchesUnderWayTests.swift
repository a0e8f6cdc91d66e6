import Synchronization
import Testing

@testable import Router

private final class End: Sendable {
  private let flag = Atomic(false)
  var hasCome: Bool { flag.load(ordering: .sequentiallyConsistent) }
  func come() { flag.store(true, ordering: .sequentiallyConsistent) }
}

@Suite(.timeLimit(.minutes(1))) struct BatchesUnderWayTests {
  @Test func whoeverWaitsGoesOnOnceTheLastBatchEnds() async {
    let batches = BatchesUnderWay()
    await batches.settle()
    batches.begin()
    batches.begin()
    batches.end()
    // Often, because one that did not wait might still come late.
    for _ in 0..<100 {
      await withTaskGroup(of: Void.self) { group in
        let end = End()
        group.addTask {
          await batches.settle()
          #expect(end.hasCome)
        }
        await Task.yield()
        end.come()
        batches.end()
      }
      batches.begin()
    }
  }

  @Test func whoeverIsCancelledWaitsNoLonger() async {
    let batches = BatchesUnderWay()
    batches.begin()
    let waiting = Task { await batches.settle() }
    waiting.cancel()
    await waiting.value
  }
}
