import Classification
import Datasets
import LargeModel
import Tasks
import Testing

@testable import Evaluation

@Suite struct AskingTests {
  private typealias Answer = Result<LargeModelAnswer, LargeModelError>
  private static let answered = Answer.success(
    LargeModelAnswer(label: 0, probabilities: [1, 0], promptTokens: 0, completionTokens: 0, cost: 0))
  private static func failed(_ kind: LargeModelError.Kind = .noAnswer) -> Answer {
    .failure(LargeModelError(kind, "no answer", attempts: ["HTTP 500", "HTTP 502"]))
  }

  @Test func aFewRowsMayStayWithoutAnAnswer() throws {
    var progress = AskingProgress(total: 40)
    try progress.add([Self.answered, Self.failed(), Self.failed()])
    #expect(progress.done == 3)
    #expect(progress.note == "rows, 2 without an answer: no answer")
    let error = #expect(throws: LargeModelError.self) { try progress.add([Self.failed()]) }
    #expect(
      error?.description
        == "the large model did not answer 3 of 4 rows asked, so there are no figures: no answer; HTTP 502")
  }

  @Test func aModelThatIsAwayEndsItAtOnce() {
    var progress = AskingProgress(total: 1000)
    #expect(throws: LargeModelError.self) { try progress.add([Self.answered, Self.failed(.unavailable)]) }
  }

  /// Answers rows whose text is not empty.
  private struct Model: LargeModel {
    let version = "test"

    func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
      requests.map { $0.text.isEmpty ? failed() : answered }
    }
  }

  @Test(arguments: [(1, 1), (1, 7), (3, 2), (256, 1)])
  func answersComeInTheRowsOrder(rows: Int, calls: Int) async throws {
    let pruning = try TaskDefinition(json: #"{"task":{"name":"t"}}"#).pruning
    let pruner = PromptPruner(settings: pruning, mode: PruningMode.none, classCount: 2, facts: nil)
    let texts = (0..<40).map { DataRow(id: "\($0)", text: $0 == 17 ? "" : "\($0)") }
    var batching = LargeModelAnswers.Batching()
    (batching.rows, batching.calls) = (rows, calls)
    let asked = try await LargeModelAnswers.ask(
      Model(), about: texts, pruners: [pruner], small: texts.map { _ in [0.5, 0.5] }, batching: batching)
    #expect(asked.failures.indices.filter { asked.failures[$0] != nil } == [17])
    #expect(asked.conclusions[0].indices.filter { asked.conclusions[0][$0] == nil } == [17])
  }
}
