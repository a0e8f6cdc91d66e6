import Concurrency
import Foundation
import LargeModel
import PracticeServer
import Testing

@testable import ChatCompletions

extension EndpointSelection {
  /// A choice that must be there.
  fileprivate mutating func chosen(at now: Duration) throws -> Choice {
    let choice = choose(after: nil, at: now)
    return try #require(choice)
  }
}

@Suite("Endpoints", .timeLimit(.minutes(2)))
struct EndpointTests {
  @Test("The first that is well, another one after a failure, none while all are left alone")
  func selection() throws {
    var selection = EndpointSelection(count: 2, breaker: .init(window: 4, minimum: 1, pause: .seconds(10)))
    let first = try selection.chosen(at: .zero)
    #expect(first.endpoint == 0)
    #expect(selection.choose(after: 0, at: .zero)?.endpoint == 1)
    selection.record(.failure, .connection("refused"), for: first, at: .zero)
    let second = try selection.chosen(at: .seconds(1))
    #expect(second.endpoint == 1)
    #expect(selection.pause(at: .seconds(1)) == nil)
    let limited = AttemptFailure.status(429, retryAfter: .seconds(3), code: nil, message: "slower")
    selection.record(.success, limited, for: second, at: .seconds(1))
    #expect(selection.choose(after: nil, at: .seconds(2)) == nil)
    #expect(selection.pause(at: .seconds(2))?.duration == .seconds(2))
    #expect(selection.pause(at: .seconds(2))?.failure == limited)
    #expect(selection.wait(at: .seconds(2)) == .seconds(2))
    #expect(selection.choose(after: nil, at: .seconds(4))?.endpoint == 1)
    let third = try selection.chosen(at: .seconds(4))
    selection.record(.refusal, .status(401, retryAfter: nil, code: nil, message: "key"), for: third, at: .seconds(4))
    #expect(selection.pause(at: .seconds(5))?.duration == .seconds(5))
    #expect(selection.wait(at: .seconds(5)) == .seconds(5))
    #expect(selection.choose(after: nil, at: .seconds(10))?.endpoint == 0)
  }

  @Test("A dead first endpoint is fallen over from; its circuit opens, and it is left alone")
  func fallOver() async throws {
    try await PracticeServer.run(model: namesake) { server in
      var settings = settings([try nowhere(), server.endpoint])
      settings.breaker = .init(window: 10, minimum: 3, pause: .seconds(3_600))
      try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
        for requests in [2, 2, 2, 1] {
          let answer = try await client.classify(.fruit("a cherry")).get()
          #expect(answer.requests == requests)
        }
        #expect(await client.pause == nil)
        #expect(server.ledger.requests == 4)
      }
    }
  }

  @Test(
    "A refused key opens the circuit at once: samples wait, attempts are not burnt, and a probe finds it well again")
  func refusedKey() async throws {
    let clock = ManualClock()
    try await PracticeServer.run(.init(faults: .script([.status(401)])), model: namesake) { server in
      var settings = settings([server.endpoint])
      settings.breaker = .init(pause: .seconds(15))
      try await ChatCompletionsClient.withClient(settings, labels: fruits, clock: RelativeClock(clock)) { client in
        async let result = client.classify(.fruit("a cherry"))
        // The back-off of at most 1 ms comes before the wait for the circuit.
        await clock.sleeper(in: .zero...(.milliseconds(1)))
        #expect(await client.pause?.duration == .seconds(15))
        #expect(await client.pause?.cause == .credentials)
        clock.advance(by: .milliseconds(1))
        await clock.sleeper(in: .seconds(14)...(.seconds(15)))
        #expect(server.ledger.requests == 1)
        clock.advance(by: .seconds(15))
        let answer = try await result.get()
        #expect(answer.requests == 2 && answer.failures[0].contains("HTTP 401"))
        #expect(await client.pause == nil)
      }
    }
  }

  @Test("The key is sent, and never comes back in a reason")
  func key() async throws {
    var server = PracticeServer.Settings()
    server.key = "right-key"
    try await PracticeServer.run(server, model: namesake) { server in
      var settings = settings([server.endpoint], attempts: 1)
      settings.apiKey = APIKey("right-key")
      try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
        let answer = try await client.classify(.fruit("a cherry")).get()
        #expect(answer.requests == 1)
      }
      settings.apiKey = APIKey("wrong-key")
      try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
        guard case .failure(let error) = try await client.classify(.fruit("a cherry")) else {
          return #expect(Bool(false), "an answer came")
        }
        #expect(error.attempts[0].contains("HTTP 401"))
        #expect(!"\(error)\(error.attempts)".contains("wrong-key"))
      }
      #expect(server.ledger.authorizations == ["Bearer right-key", "Bearer wrong-key"])
    }
  }
}
