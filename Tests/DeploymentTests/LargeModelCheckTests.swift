import Deployment
import Foundation
import ModelStore
import Postgres
import PracticeServer
import Tasks
import Testing

@Suite(.timeLimit(.minutes(1))) struct LargeModelCheckTests {
  private func check(_ endpoint: URL) throws -> LargeModelCheck {
    let task = try TaskDefinition(
      json: """
        {"task":{"name":"t","labels":["apple","banana","cherry"]},
         "large_model":{"kind":"chat_completions","chat_completions":{"endpoints":["\(endpoint)"],"model":"practice"}}}
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
