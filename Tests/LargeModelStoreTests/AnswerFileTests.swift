import Classification
import Foundation
import LargeModel
import LargeModelFlow
import LargeModelStore
import Synchronization
import Testing

@Suite("Answers in a file") struct AnswerFileTests {
  private static let labels = LabelIndex(["a", "b"])

  /// Says "b" of every text, and counts.
  private final class Counting: LargeModel {
    let version: String
    private let count = Mutex(0)
    var asked: Int { count.withLock(\.self) }

    init(version: String = "model-1") { self.version = version }

    func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
      count.withLock { $0 += requests.count }
      return requests.map { _ in
        .success(
          LargeModelAnswer(label: 1, probabilities: [0.25, 0.75], promptTokens: 7, completionTokens: 1, cost: 0.5))
      }
    }
  }

  private func withFile(_ body: (URL) async throws -> Void) async throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "answers-\(UUID().uuidString).jsonl")
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: url) } }
    try await body(url)
  }

  private func cached(_ model: any LargeModel, _ url: URL, task: String = "t") throws -> CachedLargeModel {
    CachedLargeModel(model, task: task, labels: Self.labels, store: try AnswerFile(url))
  }

  private func questions(_ texts: String...) -> [LargeModelRequest] {
    texts.map { LargeModelRequest(text: $0, candidates: [0, 1]) }
  }

  @Test("A question is asked once, by whichever process, and costs nothing when it is answered again")
  func askedOnce() async throws {
    try await withFile { url in
      let model = Counting()
      let first = try cached(model, url)
      #expect(try await first.unanswered(questions("x", " x ", "y")).map(\.text) == ["x", "y"])
      let paid = try await first.answer(questions("x", "y"))
      #expect(try paid.map { try $0.get().cost } == [0.5, 0.5])
      // As after a restart.
      let second = try cached(model, url)
      #expect(try await second.unanswered(questions("y", "z")).map(\.text) == ["z"])
      let again = try await second.answer(questions("y"))[0].get()
      #expect(again.label == 1 && again.probabilities == [0.25, 0.75] && again.cost == 0)
      #expect(model.asked == 2)
    }
  }

  @Test("A caption is asked for once, too, and its soft prompt makes it another question")
  func captions() async throws {
    struct Captioner: LargeModel {
      let version = "captioner-1"
      func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
        requests.map {
          let confidence: Float? = $0.suggestion == nil ? nil : 0.25
          return .success(
            LargeModelAnswer(caption: "a dog", confidence: confidence, promptTokens: 7, completionTokens: 3, cost: 0.5))
        }
      }
    }
    let plain = LargeModelRequest(captionOf: .text("x"))
    let soft = LargeModelRequest(captionOf: .text("x"), suggestion: .init(caption: "a cat", confidence: 0.5))
    try await withFile { url in
      let first = try cached(Captioner(), url)
      #expect(try await first.unanswered([plain, soft, soft]).count == 2)
      _ = try await first.answer([plain, soft])
      let second = try cached(Captioner(), url)
      #expect(try await second.unanswered([plain, soft]).isEmpty)
      let again = try await second.answer([plain, soft]).map { try $0.get() }
      #expect(again.map(\.choice) == [.caption("a dog", confidence: nil), .caption("a dog", confidence: 0.25)])
      #expect(again.map(\.cost) == [0, 0])
    }
  }

  @Test("Another model, task or set of candidates is another question")
  func otherQuestions() async throws {
    try await withFile { url in
      _ = try await cached(Counting(), url).answer(questions("x"))
      #expect(try await cached(Counting(version: "model-2"), url).unanswered(questions("x")).count == 1)
      #expect(try await cached(Counting(), url, task: "u").unanswered(questions("x")).count == 1)
      let fewer = [LargeModelRequest(text: "x", candidates: [1])]
      #expect(try await cached(Counting(), url).unanswered(fewer).count == 1)
      #expect(try await cached(Counting(), url).unanswered(questions("x")).isEmpty)
    }
  }

  @Test("Half a line of a process that was killed is asked again; another line that is no answer is named")
  func damaged() async throws {
    try await withFile { url in
      _ = try await cached(Counting(), url).answer(questions("x", "y"))
      let whole = try Data(contentsOf: url)
      try whole.dropLast(9).write(to: url)
      #expect(try await cached(Counting(), url).unanswered(questions("x", "y")).count == 1)
      _ = try await cached(Counting(), url).answer(questions("x", "y"))
      #expect(try await cached(Counting(), url).unanswered(questions("x", "y")).isEmpty)
      try (Data("{}\n".utf8) + whole).write(to: url)
      let error = #expect(throws: AnswerFileError.self) { try AnswerFile(url) }
      #expect(error?.description.contains("line 1 is no answer") == true)
    }
  }

  @Test("A file that cannot be written is refused before anything is asked")
  func unwritable() throws {
    let error = #expect(throws: AnswerFileError.self) { try AnswerFile(URL(filePath: "/nowhere/answers.jsonl")) }
    #expect(error?.description == "/nowhere/answers.jsonl cannot be written: No such file or directory")
  }
}
