import Concurrency
import Foundation
import LargeModel
import LargeModelFlow
import PracticeServer
import Testing

@testable import ChatCompletions

@Suite("Faults, each alone, at a real server", .timeLimit(.minutes(2)), .serialized)
struct FaultTests {
  /// Asks a server with faults once.
  private func ask(
    _ faults: FaultPlan, text: String = "a cherry",
    _ change: @escaping @Sendable (inout ChatCompletionsSettings) -> Void = { _ in }
  ) async throws -> (
    result: Result<ChatCompletionsAnswer, ChatCompletionsError>, ledger: ServerLedger, counts: ServerStatistics
  ) {
    try await PracticeServer.run(PracticeServer.Settings(faults: faults), model: namesake) { server in
      var settings = settings([server.endpoint])
      change(&settings)
      return try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
        (try await client.classify(.fruit(text)), server.ledger, client.statistics)
      }
    }
  }

  @Test("Without faults: one request, a distribution, tokens and cost")
  func none() async throws {
    let (result, ledger, counts) = try await ask(.none)
    let answer = try result.get()
    #expect(answer.answer.label.map { fruits[$0] } == "cherry")
    #expect(abs(try #require(answer.answer.confidence) - 0.9) < 1e-5)
    #expect(answer.confidenceSource == .tokens && answer.requests == 1 && answer.failures.isEmpty)
    let tokens = answer.usage.promptTokens
    #expect(tokens > 50 && answer.usage.completionTokens == 1 && !answer.usage.isEstimated)
    #expect(abs(answer.answer.cost - (Double(tokens) + 10) / 1_000_000) < 1e-12)
    #expect(ledger.requests == 1 && counts.requests == 1 && counts.failures == 0)
  }

  /// What a test waits for in real time, where a fault is silence; long for all others.
  private static func silence(_ fault: Fault, _ duration: Duration) -> Duration {
    switch fault {
    case .stalled, .slow: duration
    default: .seconds(60)
    }
  }

  static let passing: [(fault: Fault, word: String)] = [
    (.rateLimit(), "HTTP 429"), (.rateLimit(retryAfter: "0"), "HTTP 429"), (.status(500), "HTTP 500"),
    (.status(503), "HTTP 503"), (.status(408), "HTTP 408"), (.stalled, "timeout: no byte"), (.cutOff, "connection"),
    (.brokenJSON, "unreadable"), (.wrongLabel, "no candidate: \"the quick brown fox\""),
    (.refusal, "refuses: \"I'm sorry"),
    (.slow(.seconds(20)), "timeout: no byte"),
  ]

  @Test("A fault that passes is asked again, and its reason kept", arguments: passing.indices)
  func passes(index: Int) async throws {
    let (fault, word) = Self.passing[index]
    let (result, ledger, counts) = try await ask(.script([fault])) {
      $0.timeouts.silence = Self.silence(fault, .seconds(2))
    }
    let answer = try result.get()
    #expect(answer.answer.label.map { fruits[$0] } == "cherry")
    #expect(answer.requests == 2 && ledger.requests == 2)
    #expect(answer.failures.count == 1 && answer.failures[0].contains(word), "\(answer.failures)")
    #expect(counts.failures == 1)
  }

  @Test("A fault that stays ends in one error with every attempt's reason", arguments: passing.indices)
  func stays(index: Int) async throws {
    let (fault, word) = Self.passing[index]
    let (result, ledger, _) = try await ask(.always(fault)) {
      $0.timeouts.silence = Self.silence(fault, .milliseconds(100))
      $0.retry.maximumAttempts = 3
    }
    #expect(throws: ChatCompletionsError.self) { try result.get() }
    guard case .failure(let error) = result else { return }
    #expect(error.attempts.count == 3 && error.attempts.allSatisfy { $0.contains(word) }, "\(error.attempts)")
    #expect(error.attempts[2].hasPrefix("attempt 3 at 127.0.0.1: "))
    #expect(error.description.contains("3 failed attempts"))
    #expect(ledger.requests == 3)
  }

  @Test(
    "What no repetition helps is asked once", arguments: [Fault.status(400), .status(413), .status(422), .huge(5_000)])
  func final(fault: Fault) async throws {
    let (result, ledger, _) = try await ask(.always(fault)) { $0.maximumResponseBytes = 4_096 }
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.attempts.count == 1)
    #expect(ledger.requests == 1)
  }

  @Test("Answers outside the labels and refusals are counted, and cost")
  func counted() async throws {
    let (result, _, counts) = try await ask(.script([.wrongLabel, .refusal, .wrongLabel]))
    let answer = try result.get()
    #expect(counts.outsideLabels == 2 && counts.refusals == 1 && counts.requests == 4)
    #expect(answer.usage.promptTokens > 3 * 50)
  }

  @Test("No server at all ends in an error")
  func nobody() async throws {
    let result = try await ChatCompletionsClient.withClient(settings([try nowhere()]), labels: fruits) {
      try await $0.classify(.fruit("a cherry"))
    }
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.attempts.count == 4 && error.attempts.allSatisfy { $0.contains("connection") }, "\(error.attempts)")
  }

  @Test("Retry-After is waited for, to the second")
  func retryAfter() async throws {
    let clock = ManualClock()
    try await PracticeServer.run(.init(faults: .script([.rateLimit(retryAfter: "7")])), model: namesake) { server in
      try await ChatCompletionsClient.withClient(
        settings([server.endpoint]), labels: fruits, clock: RelativeClock(clock)
      ) {
        client in
        async let result = client.classify(.fruit("a cherry"))
        await clock.sleeper(in: .seconds(7)...(.milliseconds(7_010)))
        #expect(server.ledger.requests == 1)
        clock.advance(by: .milliseconds(7_010))
        let answer = try await result.get()
        #expect(answer.requests == 2)
      }
    }
  }

  @Test("Others do not ask either while a server asks to be left alone")
  func leftAlone() async throws {
    let clock = ManualClock()
    try await PracticeServer.run(.init(faults: .script([.rateLimit(retryAfter: "7")])), model: namesake) { server in
      try await ChatCompletionsClient.withClient(
        settings([server.endpoint]), labels: fruits, clock: RelativeClock(clock)
      ) {
        client in
        async let first = client.classify(.fruit("a cherry"))
        await clock.sleeper(in: .seconds(7)...(.milliseconds(7_010)))
        clock.advance(by: .seconds(2))
        async let second = client.classify(.fruit("a banana"))
        await clock.sleeper(in: .seconds(5)...(.seconds(5)))
        #expect(server.ledger.requests == 1)
        clock.advance(by: .seconds(6))
        let requests = (try await first.get().requests, try await second.get().requests)
        #expect(requests == (2, 1))
      }
    }
  }

  @Test("The time for one request catches an answer that never ends")
  func requestTimeout() async throws {
    let clock = ManualClock()
    try await PracticeServer.run(.init(faults: .always(.stalled)), model: namesake) { server in
      let changed = settings([server.endpoint], attempts: 2)
      try await ChatCompletionsClient.withClient(changed, labels: fruits, clock: RelativeClock(clock)) { client in
        async let result = client.classify(.fruit("a cherry"))
        for request in 1...2 {
          while server.ledger.requests < request {
            clock.advance(by: .milliseconds(1))
            await Task.yield()
          }
          clock.advance(by: changed.timeouts.request)
        }
        guard case .failure(let error) = try await result else { return #expect(Bool(false), "an answer came") }
        #expect(error.attempts.count == 2 && error.attempts.allSatisfy { $0.contains("timeout: no whole answer") })
      }
    }
  }

  @Test("The time for an answer ends what fails on and on, and keeps the reasons so far")
  func answerTimeout() async throws {
    let clock = ManualClock()
    try await PracticeServer.run(.init(faults: .always(.status(500))), model: namesake) { server in
      var changed = settings([server.endpoint])
      changed.retry = RetryPolicy(maximumAttempts: 1_000_000, base: .zero)
      let answer = changed.timeouts.answer
      try await ChatCompletionsClient.withClient(changed, labels: fruits, clock: RelativeClock(clock)) { client in
        async let result = client.classify(.fruit("a cherry"))
        while server.ledger.requests < 5 { await Task.yield() }
        clock.advance(by: answer)
        guard case .failure(let error) = try await result else { return #expect(Bool(false), "an answer came") }
        #expect(error.description.contains("no answer within") && error.attempts.count >= 4)
      }
    }
  }

  @Test("A cancelled task gives up with CancellationError, in the middle of an answer too")
  func cancellation() async throws {
    try await PracticeServer.run(.init(faults: .always(.stalled)), model: namesake) { server in
      try await ChatCompletionsClient.withClient(settings([server.endpoint]), labels: fruits) { client in
        let task = Task { try await client.classify(.fruit("a cherry")) }
        while server.ledger.requests == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }
  }

  @Test("Requests that make no sense are refused unasked")
  func badRequests() async throws {
    try await ChatCompletionsClient.withClient(settings([try nowhere()]), labels: fruits) { client in
      for candidates in [[], [4], [-1], [1, 1]] {
        let result = try await client.classify(LargeModelRequest(text: "x", candidates: candidates))
        #expect { try result.get() } throws: { "\($0)".hasPrefix("candidates:") }
      }
      let one = try await client.classify(LargeModelRequest(text: "x", candidates: [3])).get()
      #expect(one.answer.label == 3 && one.requests == 0 && one.answer.cost == 0)
    }
  }
}
