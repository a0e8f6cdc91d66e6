import Messages
import PracticeServer
import Testing
import WorkerRuntime

@Suite("What is the world's fault holds, what is a sample's own rejects", .timeLimit(.minutes(5)), .serialized)
struct HoldTests {
  /// Waits of milliseconds where the defaults have seconds.
  private static let hasty =
    #","retry":{"attempts":2,"base":"1ms","cap":"20ms"},"circuit_breaker":{"pause":"20ms"},"concurrency":8"#

  @Test("Whatever a server answers to everybody for a while, every sample is answered in the end, none rejected")
  func everybody() async throws {
    let faults: [Fault] =
      [.rateLimit(), .rateLimit(retryAfter: "0"), .brokenJSON, .wrongLabel, .refusal, .cutOff]
      + [301, 308, 402, 405, 408, 409, 413, 415, 425, 500, 501, 503, 529]
      .map { .status($0) } + OddReply.refusals.map { .odd($0) }
    // One after the other, each for so long that many samples meet it.
    let script = faults.flatMap { Array(repeating: $0, count: 8) }
    try await PracticeServer.run(.init(faults: .script(script)), model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Self.hasty)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<50)
          let outcomes = try await rig.outcomes(50)
          #expect(outcomes.answers.count == 50 && outcomes.rejections.isEmpty && Set(outcomes.ids).count == 50)
          #expect(outcomes.answers.allSatisfy { $0.reply.label == Outcomes.fruit($0.id) })
        }
      }
      #expect(server.ledger.requests >= script.count + 50)
    }
  }

  @Test(
    "A fresh worker with one sample holds while the server does not answer, says why in the server's own words, and goes on",
    arguments: [
      (Fault.status(503), "server", "HTTP 503: \"fault to order\""),
      (.rateLimit(), "rate_limit", "Rate limit reached for requests"),
      (.status(401), "credentials", "api_key_variable"), (.status(404), "request", "endpoints and model"),
      (.odd(OddReply.refusals[6]), "redirect", "it points to http://127.0.0.1:9/v1"),
      (.status(400, code: "unsupported_parameter"), "request", "fault to order"),
      (.status(400), "request", "fault to order"),
    ])
  func fresh(fault: Fault, cause: String, words: String) async throws {
    let (begun, begin) = AsyncStream<Void>.makeStream()
    let (released, release) = AsyncStream<Void>.makeStream()
    var settings = PracticeServer.Settings(faults: .script(Array(repeating: fault, count: 14)))
    // The request that is answered waits until the test has seen the hold.
    settings.delay = {
      guard $0 == 14 else { return }
      begin.finish()
      for await _ in released {}
    }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let (definition, health) = (try Rig.definition(server.endpoint, chat: Self.hasty), Health())
        try await rig.running(try await rig.worker(definition, health: health)) {
          try await rig.push(0..<1)
          for await _ in begun {}
          #expect(health.state.report.contains("task fruits waits (\(cause)): "), "\(health.state.report)")
          #expect(health.state.report.contains(words), "\(health.state.report)")
          #expect(health.state.isReady)
          release.finish()
          let outcomes = try await rig.outcomes(1)
          #expect(outcomes.answers.count == 1 && outcomes.rejections.isEmpty)
        }
      }
    }
  }

  @Test(
    "One sample's own fault is charged to it, first in the line or alone, and the others are answered",
    arguments: [
      (Fault.status(400, code: "context_length_exceeded"), 0..<50), (.status(400), 0..<50), (.status(422), 0..<1),
      (.status(413), 0..<1), (.refusal, 0..<50), (.wrongLabel, 0..<1), (.status(500), 0..<1), (.cutOff, 0..<50),
    ])
  func poison(fault: Fault, samples: Range<Int>) async throws {
    var settings = PracticeServer.Settings()
    settings.poison = { $0.text.hasPrefix("text 0 ") ? fault : nil }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(server.endpoint, chat: Self.hasty)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(samples)
          let outcomes = try await rig.outcomes(samples.count)
          #expect(outcomes.rejections.map(\.id) == ["s0"] && outcomes.answers.count == samples.count - 1)
          #expect(outcomes.rejections.allSatisfy { !$0.attempts.isEmpty })
        }
      }
    }
  }

  @Test("What many samples are rejected for, each by its own fault, is told on /readyz")
  func many() async throws {
    var settings = PracticeServer.Settings()
    settings.poison = { $0.text.contains("apple") && $0.text != "apple" ? .refusal : nil }
    try await PracticeServer.run(settings, model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let (definition, health) = (try Rig.definition(server.endpoint, chat: Self.hasty), Health())
        try await rig.running(try await rig.worker(definition, health: health)) {
          try await rig.push(0..<40)
          let outcomes = try await rig.outcomes(40)
          #expect(outcomes.rejections.count == 10 && outcomes.answers.count == 30)
          #expect(health.state.report == "10 samples of task fruits (refusal) were rejected\n")
        }
      }
    }
  }
}
