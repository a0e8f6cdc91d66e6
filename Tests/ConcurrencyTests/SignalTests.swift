import Concurrency
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
  @Test func whatWasToldBeforeTheWaitIsNotLostAndTwiceIsOnce() async {
    let signal = Signal()
    signal.give()
    signal.give()
    #expect(await signal.wait())
    signal.end()
    #expect(await !signal.wait())
  }

  @Test func aWaitEndsWithItsTask() async {
    let signal = Signal()
    let waiting = Task { await signal.wait() }
    waiting.cancel()
    #expect(await !waiting.value)
  }
}

@Suite(.timeLimit(.minutes(1))) struct WaiterTests {
  @Test func whoIsCancelledBeforeHeWaitsIsNeverKept() async {
    let kept = Locked([Waiter<Int>]())
    let gate = Gate()
    let waiting = Task {
      await gate.wait()
      return try await Waiter<Int>.wait { waiter in
        kept.withLock { $0.append(waiter) }
        return nil
      } leave: { number in
        kept.withLock { $0.take(number) }
      }
    }
    waiting.cancel()
    gate.open()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(kept.withLock { $0.isEmpty })
  }

  @Test func aWordThatIsThereAlreadyIsNotWaitedFor() async throws {
    #expect(try await Waiter<Int>.wait(enter: { _ in 7 }, leave: { _ in nil }) == 7)
  }
}
