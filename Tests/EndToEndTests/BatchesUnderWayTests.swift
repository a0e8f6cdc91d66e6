import Testing

@testable import Router

@Suite(.timeLimit(.minutes(1))) struct BatchesUnderWayTests {
  @Test func whoeverWaitsGoesOnOnceTheLastBatchEnds() async {
    let batches = BatchesUnderWay()
    await batches.settle()
    batches.begin()
    batches.begin()
    batches.end()
    await confirmation { goesOn in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          await batches.settle()
          goesOn()
        }
        batches.end()
        await group.waitForAll()
      }
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
