import Foundation
import Testing

@testable import LargeModel

@Suite struct RecordedAnswersTests {
  private static let file = """
    {"id":"1","text":"lost card","recorded_llm_answer":"card","label":"card"}
    {"id":"2","text":"no idea","recorded_llm_answer":null}

    {"id":"3","text":"twice","recorded_llm_answer":"card","score":0.5}
    {"id":"4","text":"twice","recorded_llm_answer":"loan"}
    {"text":"no id","recorded_llm_answer":"rate"}
    """

  private func load(
    _ content: String, keys: RecordedAnswers.Keys = .init(), accuracy: Float = 0.8
  ) async throws -> RecordedAnswers {
    try await withTemporaryFolder { folder in
      let url = folder.appending(path: "answers.jsonl")
      try Data(content.utf8).write(to: url)
      return try RecordedAnswers(contentsOf: url, labels: ["card", "loan", "rate"], keys: keys, accuracy: accuracy)
    }
  }

  private func ask(_ request: LargeModelRequest) async throws -> Result<LargeModelAnswer, LargeModelError> {
    try #require(try await load(Self.file).answer([request]).first)
  }

  @Test func aRecordedAnswerIsSaidAgain() async throws {
    let answer = try await ask(.init(text: "lost card", candidates: [0, 1, 2])).get()
    #expect(answer.label == 0)
    #expect(zip(try #require(answer.probabilities), [0.8, 0.1, 0.1]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try await ask(.init(text: "no id", candidates: [1, 2])).get().probabilities?[0] == 0)
    #expect(try await ask(.init(text: "no id", candidates: [2])).get().probabilities == [0, 0, 1])
  }

  @Test func theIDTellsEqualTextsApart() async throws {
    #expect(try await ask(.init(id: "3", text: "twice", candidates: [0, 1])).get().label == 0)
    #expect(try await ask(.init(id: "4", text: "twice", candidates: [0, 1])).get().label == 1)
  }

  @Test(arguments: [
    (LargeModelRequest(text: "twice", candidates: [0, 1]), "several answers"),
    (LargeModelRequest(text: "no idea", candidates: [0, 1]), "gave no answer"),
    (LargeModelRequest(id: "9", text: "new", candidates: [0, 1]), "neither this id"),
    (LargeModelRequest(text: "lost card", candidates: [1, 2]), "card is not among the candidates"),
  ])
  func whatIsNotThereIsSaid(request: LargeModelRequest, reason: String) async throws {
    let result = try await ask(request)
    let error = #expect(throws: LargeModelError.self) { try result.get() }
    #expect(error?.kind == .noAnswer)
    #expect(error?.description.contains(reason) == true)
  }

  @Test(arguments: [
    ("{\"text\":\"a\",\"recorded_llm_answer\":\"card\"}\nnot json", "line 2"),
    ("{\"text\":\"a\",\"recorded_llm_answer\":\"house\"}", "\"house\", which is no label"),
    ("{\"text\":\"a\"}", "recorded_llm_answer is missing"), ("{\"recorded_llm_answer\":null}", "text is missing"),
    ("{\"text\":7,\"recorded_llm_answer\":null}", "text is missing or no string"),
  ])
  func aBadLineIsRefusedByNumber(content: String, reason: String) async {
    let error = await #expect(throws: LargeModelError.self) { try await load(content) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.description.contains("answers.jsonl, line ") == true)
  }

  @Test func keysAndAccuracyAreSettings() async throws {
    let model = try await load(
      #"{"q":"a","gpt":"loan"}"#, keys: .init(id: "n", text: "q", answer: "gpt"), accuracy: 1)
    #expect(try await model.answer([.init(text: "a", candidates: [0, 1])]).first?.get().probabilities == [0, 1, 0])
    await #expect(throws: LargeModelError.self) { try await load("", accuracy: 0) }
  }
}
