import Concurrency
import Foundation
import LargeModel
import PracticeServer
import Synchronization
import Testing

@testable import ChatCompletions

/// Counts for many tasks.
private final class Arrivals: Sendable {
  private let number = Mutex(0)

  func count() -> Int {
    number.withLock {
      $0 += 1
      return $0
    }
  }
}

@Suite("Many at once", .timeLimit(.minutes(5)), .serialized)
struct LoadTests {
  typealias Outcome = Result<ChatCompletionsAnswer, ChatCompletionsError>

  /// Asks about all, at most `width` at once; the outcomes in the texts' order.
  private func classifyAll(_ client: ChatCompletionsClient, _ texts: [String], width: Int) async throws -> [Outcome?] {
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      var outcomes = [Outcome?](repeating: nil, count: texts.count)
      var next = 0
      func add() {
        let index = next
        next += 1
        group.addTask { (index, try await client.classify(.fruit(texts[index]))) }
      }
      while next < min(width, texts.count) { add() }
      while let (index, outcome) = try await group.next() {
        #expect(outcomes[index] == nil)
        outcomes[index] = outcome
        if next < texts.count { add() }
      }
      return outcomes
    }
  }

  private func texts(_ count: Int) -> [String] { (0..<count).map { "text \($0) about a \(fruits[$0 % 4])" } }

  @Test(
    "2,000 requests with a tenth of mixed faults: each ends in one answer, the right one, or one error with reasons")
  func mixed() async throws {
    let faults: [Fault] = [
      .rateLimit(), .rateLimit(retryAfter: "0"), .status(500), .slow(.milliseconds(30)), .stalled, .cutOff, .brokenJSON,
      .wrongLabel, .refusal,
    ]
    let plan = FaultPlan.mixed(share: 0.1, seed: 7, faults)
    try await PracticeServer.run(.init(faults: plan), model: namesake) { server in
      var changed = settings([server.endpoint], attempts: 3, concurrency: 64)
      changed.timeouts.silence = .seconds(2)
      changed.breaker = .init()
      try await ChatCompletionsClient.withClient(changed, labels: fruits) { client in
        let outcomes = try await classifyAll(client, texts(2_000), width: 200)
        var (answers, errors) = (0, 0)
        for (index, outcome) in outcomes.enumerated() {
          switch outcome {
          case .success(let answer):
            answers += 1
            #expect(answer.answer.label == index % 4)
          case .failure(let error):
            errors += 1
            #expect(error.attempts.count == 3, "\(error) \(error.attempts)")
          case nil: Issue.record("text \(index) has no outcome")
          }
        }
        #expect(answers + errors == 2_000)
        // A thousandth is expected to fail three times.
        #expect(errors < 20)
        #expect(Set(server.ledger.faults.keys) == Set(faults))
        #expect(server.ledger.peak <= 64)
        #expect(client.statistics.requests == server.ledger.requests)
      }
    }
  }

  @Test("Exactly as many are in flight as the settings say, though more want to be", arguments: [1, 8, 200])
  func concurrency(limit: Int) async throws {
    let arrived = Arrivals()
    let (full, source) = AsyncStream<Void>.makeStream()
    var server = PracticeServer.Settings()
    // Nobody is answered before the limit is reached.
    server.delay = { number in
      if arrived.count() == limit { source.finish() }
      if number < limit { for await _ in full {} }
    }
    try await PracticeServer.run(server, model: namesake) { server in
      try await ChatCompletionsClient.withClient(settings([server.endpoint], concurrency: limit), labels: fruits) {
        let outcomes = try await classifyAll($0, texts(3 * limit), width: 3 * limit)
        #expect(outcomes.allSatisfy { if case .success? = $0 { true } else { false } })
      }
      #expect(server.ledger.peak == limit)
    }
  }

  @Test(
    "Requests and tokens a minute are never exceeded, as the server counts them",
    arguments: [(12_000.0, 6_000_000.0), (60_000, 1_200_000)])
  func limits(requestsPerMinute: Double, tokensPerMinute: Double) async throws {
    let (concurrency, burst) = (10, 0.001)
    try await PracticeServer.run(model: namesake) { server in
      var changed = settings([server.endpoint], concurrency: concurrency)
      changed.requestsPerMinute = .init(perMinute: requestsPerMinute, burst: burst, slack: .zero)
      changed.tokensPerMinute = .init(perMinute: tokensPerMinute, burst: burst, slack: .zero)
      try await ChatCompletionsClient.withClient(changed, labels: fruits) { client in
        _ = try await classifyAll(client, texts(300), width: 100)
      }
      #expect(server.ledger.requests == 300)
      let largest = Double(server.ledger.arrivals.map(\.tokens).max() ?? 0)
      for seconds in [0.1, 0.5, 1] {
        // What is let out in a window, and what was on the way when it began: no more than may be in flight.
        let share = burst + seconds / 60
        let requests = Double(server.ledger.mostRequests(in: .seconds(seconds)))
        let tokens = Double(server.ledger.mostTokens(in: .seconds(seconds)))
        #expect(requests <= requestsPerMinute * share + Double(concurrency))
        // An estimate is at most twice the server's count, and a burst is at least one request.
        #expect(tokens <= tokensPerMinute * share + 2 * largest * Double(concurrency + 1))
      }
    }
  }

  @Test(
    "Throughput with 200 in flight and 50 ms of latency; measured where THROUGHPUT is set, and never asserted",
    .enabled(if: ProcessInfo.processInfo.environment["THROUGHPUT"] != nil))
  func throughput() async throws {
    var server = PracticeServer.Settings()
    server.setLatency(.milliseconds(50))
    try await PracticeServer.run(server, model: namesake) { server in
      try await ChatCompletionsClient.withClient(settings([server.endpoint], concurrency: 200), labels: fruits) {
        client in
        _ = try await classifyAll(client, texts(400), width: 200)
        let clock = ContinuousClock()
        let taken = try await clock.measure { _ = try await classifyAll(client, texts(8_000), width: 200) }
        let rate = 8_000 / taken.seconds
        print("throughput: \(rate) a second, \(rate / (200 / 0.05)) of concurrency ÷ latency")
      }
    }
  }
}
