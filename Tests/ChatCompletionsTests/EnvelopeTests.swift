import LargeModel
import PracticeServer
import Testing

@testable import ChatCompletions

@Suite("Odd replies of a real server", .timeLimit(.minutes(2)))
struct EnvelopeTests {
  /// Asks a server that answers with these replies in turn, then without any fault.
  private func ask(
    _ replies: [Fault], mode: ChatCompletionsSettings.Mode = .token
  ) async throws -> (result: Result<ChatCompletionsAnswer, ChatCompletionsError>, requests: Int) {
    try await PracticeServer.run(.init(faults: .script(replies)), model: namesake) { server in
      try await ChatCompletionsClient.withClient(settings([server.endpoint], mode: mode), labels: fruits) { client in
        (try await client.classify(.fruit("a cherry")), server.ledger.requests)
      }
    }
  }

  /// Letters, where the question gave none.
  private static let lettered: Set = ["boxed", "bold"]

  @Test(
    "A good answer in an odd envelope is taken at once",
    arguments: OddReply.all.filter(\.isGood), ChatCompletionsSettings.Mode.allCases)
  func good(reply: OddReply, mode: ChatCompletionsSettings.Mode) async throws {
    if mode == .jsonSchema, Self.lettered.contains(reply.name) { return }
    let (result, requests) = try await ask([.odd(reply)], mode: mode)
    let answer = try result.get()
    #expect(answer.answer.label.map { fruits[$0] } == "cherry" && requests == 1, "\(answer.failures)")
  }

  @Test("What is no answer fails its attempt with a reason, and no more", arguments: OddReply.all.filter { !$0.isGood })
  func bad(reply: OddReply) async throws {
    let (result, requests) = try await ask([.odd(reply)])
    switch result {
    case .success(let answer):
      #expect(answer.answer.label.map { fruits[$0] } == "cherry" && requests == 2 && answer.failures.count == 1)
    case .failure(let error):
      #expect(error.attempts.count == 1 && requests == 1)
    }
  }

  @Test("A small reply that unpacks to a large one is refused, and not unpacked")
  func bomb() async throws {
    let (result, _) = try await ask([.bomb(16 << 20)])
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.attempts.count == 1 && error.attempts[0].contains("more than 1048576 bytes"), "\(error.attempts)")
  }
}
