import Synchronization
import Testing

@testable import LargeModel

/// A model that notes how many it was asked together, and answers when it is let.
private final class Gate: LargeModel {
  let version = "gate"
  let sizes = Mutex([Int]())
  private let (opened, opener) = AsyncStream<Void>.makeStream()

  func open() { opener.finish() }

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    sizes.withLock { $0.append(requests.count) }
    for await _ in opened {}
    try Task.checkCancellation()
    return requests.map { request in
      request.text == "bad"
        ? .failure(LargeModelError(.noAnswer, "bad"))
        : .success(
          LargeModelAnswer(
            label: request.candidates[0], probabilities: [1], promptTokens: request.text.utf8.count,
            completionTokens: 0, cost: 0))
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct MicroBatchesTests {
  private func request(_ text: String) -> LargeModelRequest { LargeModelRequest(text: text, candidates: [0]) }

  private func waiting(_ batches: MicroBatches, _ count: Int) async {
    while batches.lineLength < count { await Task.yield() }
  }

  @Test func whatComesWhileTheModelIsBusyIsAskedTogetherAndEachGetsItsOwn() async throws {
    let gate = Gate()
    let batches = MicroBatches(gate, settings: .init(maximumCount: 4, linger: .zero))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await batches.answer([request("first")]) }
      while gate.sizes.withLock({ $0.isEmpty }) { await Task.yield() }
      for length in 1...7 {
        group.addTask {
          let text = String(repeating: "x", count: length)
          let answer = try await batches.answer([request(text)])[0].get()
          #expect(answer.promptTokens == length)
        }
      }
      group.addTask {
        let outcome = try await batches.answer([request("bad")])[0]
        #expect(throws: LargeModelError.self) { try outcome.get() }
      }
      await waiting(batches, 8)
      gate.open()
      try await group.waitForAll()
    }
    #expect(gate.sizes.withLock { $0 } == [1, 4, 4])
    #expect(batches.lineLength == 0)
  }

  @Test func aCancelledLeaderIsNobodyElsesFailure() async throws {
    let gate = Gate()
    let batches = MicroBatches(gate, settings: .init(linger: .zero))
    let leader = Task { try await batches.answer([request("leader")]) }
    while gate.sizes.withLock({ $0.isEmpty }) { await Task.yield() }
    let follower = Task { try await batches.answer([request("follower")])[0].get().promptTokens }
    await waiting(batches, 1)
    leader.cancel()
    gate.open()
    #expect(try await follower.value == 8)
    await #expect(throws: CancellationError.self) { try await leader.value }
    let later = try await batches.answer([request("later")])[0].get()
    #expect(later.promptTokens == 5)
  }
}
