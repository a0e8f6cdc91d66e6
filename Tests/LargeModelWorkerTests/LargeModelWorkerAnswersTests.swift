import LargeModelWorker
import Messages
import PracticeServer
import TestSupport
import Testing

@Suite("What the whole worker answers where it does not simply ask", .ownTopics, .timeLimit(.minutes(5)), .serialized)
struct LargeModelWorkerAnswersTests {
  @Test("The same question is asked once, by whichever worker, and costs nothing when it is answered again")
  func cache() async throws {
    try await PracticeServer.run(model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint, chat: Rig.retry + #","prices":{"prompt":1,"completion":1}"#,
          rest: #","cache":{"time_to_live":"1h"}"#)
        let texts: @Sendable (Int) -> String = { "  a   \(fruits[$0 % 4]) " }
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<100, text: texts)
          let outcomes = try await rig.outcomes(100)
          #expect(outcomes.answers.allSatisfy { $0.reply.label == Outcomes.fruit($0.id) && ($0.confidence ?? 0) > 0.8 })
          #expect(outcomes.answers.count { ($0.prompt?.cost ?? 0) > 0 } == 4)
        }
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(100..<200, text: { "a \(fruits[$0 % 4])" })
          #expect(try await rig.outcomes(200).answers.count == 200)
        }
      }
      #expect(server.ledger.requests == 4)
    }
  }

  @Test("Once the budget is spent the best small model answers, marked as degraded; the database knows the sum")
  func budget() async throws {
    try await PracticeServer.run(model: PracticeServer.namesake) { server in
      try await Rig.with { rig in
        // A prompt has some 200 tokens, so ten or so are paid for.
        let definition = try Rig.definition(
          server.endpoint, chat: Rig.retry + #","prices":{"prompt":1000,"completion":1000}"#,
          rest: #","budget":{"per_day":2,"when_spent":"degrade"}"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<100)
          let answers = try await rig.outcomes(100).answers
          let (degraded, asked) = (answers.filter(\.isDegraded), answers.filter { !$0.isDegraded })
          #expect(answers.count == 100 && asked.count == server.ledger.requests && asked.count > 3)
          #expect(
            degraded.allSatisfy { $0.reply.label == "banana" && $0.answeredBy == .specific && $0.confidence == 0.5 })
          #expect(asked.allSatisfy { $0.reply.label == Outcomes.fruit($0.id) && $0.answeredBy == .large })
          let cost = asked.reduce(0) { $0 + ($1.prompt?.cost ?? 0) }
          #expect(cost > 0 && cost <= 2)
        }
        let row = try await rig.connection.query("SELECT sum(cost) AS cost FROM large_model_spending").one()
        let spent: Double = try row["cost"]
        #expect(spent > 0 && spent <= 2)
      }
    }
  }

  @Test("Where the large model is sure of no label, the answer is none of these, and teaches nobody")
  func noneOfThese() async throws {
    let model: PracticeServer.Model = { question in
      let best = question.text.contains("apple") ? 0.9 : 0.3
      return .distribution(Dictionary(uniqueKeysWithValues: fruits.map { ($0, $0 == "apple" ? best : (1 - best) / 3) }))
    }
    try await PracticeServer.run(model: model) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint, chat: Rig.retry, rest: #","none_of_these":{"threshold":0.5,"label":"other"}"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<8)
          for answer in try await rig.outcomes(8).answers {
            let isApple = Outcomes.fruit(answer.id) == "apple"
            #expect(answer.reply.label == (isApple ? "apple" : "other"))
            #expect(abs(try #require(answer.confidence) - (isApple ? 0.9 : 0.7)) < 1e-3)
            #expect((answer.input.text != nil) == isApple)
          }
        }
      }
    }
  }

  @Test("An answer without probabilities stands without confidence, from the cache too, and none of these never is it")
  func unsure() async throws {
    let model: PracticeServer.Model = { question in
      .unsure(fruits.first { question.text.contains($0) } ?? "apple")
    }
    try await PracticeServer.run(model: model) { server in
      try await Rig.with { rig in
        let definition = try Rig.definition(
          server.endpoint, chat: Rig.retry,
          rest: #","none_of_these":{"threshold":1,"label":"other"},"cache":{"time_to_live":"1h"}"#)
        try await rig.running(try await rig.worker(definition)) {
          try await rig.push(0..<8) { "a \(fruits[$0 % 4])" }
          let answers = try await rig.outcomes(8).answers
          #expect(answers.count == 8 && server.ledger.requests == 4)
          for answer in answers {
            #expect(
              answer.reply.label == Outcomes.fruit(answer.id) && answer.confidence == nil && answer.distribution == nil)
          }
        }
      }
    }
  }
}
