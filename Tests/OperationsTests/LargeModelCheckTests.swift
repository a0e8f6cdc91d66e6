import Foundation
import ModelStore
import Operations
import Postgres
import PracticeServer
import Tasks
import Testing

@Suite(.timeLimit(.minutes(1))) struct LargeModelCheckTests {
  private func check(_ endpoint: URL, client: String = "", task rest: String = "") throws -> LargeModelCheck {
    let task = try TaskDefinition(
      json: """
        {"task":{"name":"t","labels":["apple","banana","cherry"]},
         "large_model":{"kind":"chat_completions"\(rest),
          "chat_completions":{"endpoints":["\(endpoint)"],"model":"practice"\(client)}}}
        """)
    // Never connected to: the task names its labels itself.
    return LargeModelCheck(task, store: try ModelStore(PostgresSettings("host=nowhere")))
  }

  @Test func saysWhatTheServerAnswersAndWhatItCosts() async throws {
    try await PracticeServer.run(model: PracticeServer.namesake) { server in
      let said = try await check(server.endpoint).ask()
      #expect(said.contains("practice answers \"apple\"") && said.contains("tokens"))
      #expect(server.ledger.requests == 1)
    }
  }

  @Test(arguments: [
    ("", ["the server gives no log-probabilities", "samples 5"]),
    (#","top_logprobs":0"#, ["top_logprobs is 0", "top_logprobs 20"]),
    (#","mode":"json_schema""#, ["one answer in mode json_schema", "mode token"]),
  ]) func saysWhatTheServerLacksAndWhichModeWouldDoBetter(client: String, words: [String]) async throws {
    try await PracticeServer.run(model: { _ in .unsure("apple") }) { server in
      let said = try await check(server.endpoint, client: client).ask()
      for word in words + ["with no probability", "teach nobody"] { #expect(said.contains(word), "\(said)") }
      let none = try check(server.endpoint, client: client, task: #","none_of_these":{"threshold":0.2}"#)
      let error = await #expect(throws: TaskError.self) { try await none.ask() }
      #expect(error?.description.contains("none_of_these is never answered") == true)
    }
  }

  @Test(arguments: [
    (Fault.status(401, code: "invalid_api_key"), "401"), (.refusal, "refuses"), (.wrongLabel, "candidate"),
  ])
  func saysWhyThereIsNoAnswerAfterTheFirstAttempt(fault: Fault, reason: String) async throws {
    try await PracticeServer.run(.init(faults: .always(fault)), model: PracticeServer.namesake) { server in
      let check = try check(server.endpoint)
      let error = await #expect(throws: TaskError.self) { try await check.ask() }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
      #expect(server.ledger.requests == 1)
    }
  }
}
