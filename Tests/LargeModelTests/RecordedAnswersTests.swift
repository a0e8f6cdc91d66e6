import Foundation
import Testing

@testable import LargeModel

@Suite struct RecordedAnswersTests {
  private static let lines: [RecordedAnswers.Line] = [
    .init(id: "1", text: "lost card", answer: "card"), .init(id: "2", text: "no idea", answer: nil),
    .init(id: "3", text: "twice", answer: "card"), .init(id: "4", text: "twice", answer: "loan"),
    .init(id: "5", text: "unknown", answer: "house"), .init(id: "6", text: "another", answer: "rate"),
  ]

  private func load(_ lines: [RecordedAnswers.Line] = lines, accuracy: Float = 0.8) throws -> RecordedAnswers {
    try RecordedAnswers(lines, name: "answers", labels: ["card", "loan", "rate"], accuracy: accuracy)
  }

  private func ask(_ request: LargeModelRequest) async throws -> Result<LargeModelAnswer, LargeModelError> {
    try #require(try await load().answer([request]).first)
  }

  @Test func aRecordedAnswerIsSaidAgain() async throws {
    let answer = try await ask(.init(text: "lost card", candidates: [0, 1, 2])).get()
    #expect(answer.label == 0)
    #expect(zip(try #require(answer.probabilities), [0.8, 0.1, 0.1]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try await ask(.init(text: "another", candidates: [1, 2])).get().probabilities?[0] == 0)
    #expect(try await ask(.init(text: "another", candidates: [2])).get().probabilities == [0, 0, 1])
  }

  @Test func theIDTellsEqualTextsApart() async throws {
    #expect(try await ask(.init(id: "3", text: "twice", candidates: [0, 1])).get().label == 0)
    #expect(try await ask(.init(id: "4", text: "twice", candidates: [0, 1])).get().label == 1)
  }

  @Test(arguments: [
    (LargeModelRequest(text: "twice", candidates: [0, 1]), "several answers"),
    (LargeModelRequest(text: "no idea", candidates: [0, 1]), "gave no answer"),
    (LargeModelRequest(id: "9", text: "new", candidates: [0, 1]), "neither this id"),
    (LargeModelRequest(text: "unknown", candidates: [0, 1]), "\"house\" is no label of the task"),
    (LargeModelRequest(text: "lost card", candidates: [1, 2]), "card is not among the candidates"),
  ])
  func whatIsNotThereIsSaid(request: LargeModelRequest, reason: String) async throws {
    let result = try await ask(request)
    let error = #expect(throws: LargeModelError.self) { try result.get() }
    #expect(error?.kind == .noAnswer)
    #expect(error?.description.contains(reason) == true)
  }

  @Test func whatIsNoRecordingIsRefused() {
    #expect(throws: LargeModelError.self) { try load(accuracy: 0) }
    let error = #expect(throws: LargeModelError.self) { try load([.init(id: "1", text: "a", answer: nil)]) }
    #expect(error?.description == "answers holds no recorded answer")
  }

  @Test func theVersionTellsRecordingsApart() throws {
    var other = Self.lines
    other[0].answer = "loan"
    #expect(try load().version == load().version)
    #expect(try load().version != load(other).version)
    #expect(try load(other).version != load(other, accuracy: 1).version)
  }

  @Test func recordedCaptionsAreSaidAgainWithoutAConfidence() async throws {
    let long = String(repeating: "a", count: 2_049)
    let recording = try RecordedAnswers(
      captions: [
        .init(id: "1", text: nil, answer: "a dog"), .init(id: "2", text: "a story", answer: "a cat"),
        .init(id: "3", text: nil, answer: " "), .init(id: "4", text: nil, answer: long),
        .init(id: "5", text: nil, answer: nil),
      ], name: "captions")
    let requests = ["1", "2", "9", "3", "4", "5"].map { LargeModelRequest(captionOf: .text("a story"), id: $0) }
    let answers = try await recording.answer(requests)
    #expect(try answers[0].get().choice == .caption("a dog", confidence: nil))
    // By its text, where the id is not known.
    #expect(try answers[1].get() == answers[2].get() && answers[1].get().choice == .caption("a cat", confidence: nil))
    for (answer, reason) in zip(answers[3...], ["is no caption", "is no caption", "gave no answer"]) {
      guard case .failure(let error) = answer else { return #expect(Bool(false), "an answer came") }
      #expect(error.description.contains(reason) && error.blame == .sample)
    }
  }
}
