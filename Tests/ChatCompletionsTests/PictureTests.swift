import Content
import LargeModel
import LargeModelFlow
import LargeModelServer
import PracticeServer
import Synchronization
import Testing

@testable import ChatCompletions

@Suite("Pictures, at a real server", .timeLimit(.minutes(2)), .serialized)
struct PictureTests {
  private static let png = Input.control("", reads: [.image]).image?.fetched ?? []
  private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2]
  private static let webp = Array("RIFF".utf8) + [4, 0, 0, 0] + Array("WEBP".utf8)

  /// Asks a server once; its model answers cherry, and keeps what it is asked.
  private func ask(
    _ input: Input, reads: Set<Input.Kind> = [.image], faults: FaultPlan = .none,
    _ change: @escaping @Sendable (inout ChatCompletionsSettings) -> Void = { _ in }
  ) async throws -> (result: Result<ChatCompletionsAnswer, ChatCompletionsError>, questions: [ChatQuestion]) {
    let questions = Questions()
    let result = try await PracticeServer.run(.init(faults: faults), model: questions.answer) { server in
      var settings = settings([server.endpoint])
      settings.reads = reads
      change(&settings)
      return try await ChatCompletionsClient.withClient(settings, labels: fruits) {
        try await $0.classify(LargeModelRequest(input: input, candidates: Array(fruits.indices)))
      }
    }
    return (result, questions.all)
  }

  /// What a model was asked.
  private final class Questions: Sendable {
    private let asked = Mutex<[ChatQuestion]>([])
    var all: [ChatQuestion] { asked.withLock { $0 } }

    @Sendable func answer(_ question: ChatQuestion) -> ChatAnswer {
      asked.withLock { $0.append(question) }
      return .label("cherry")
    }
  }

  @Test(
    "A picture goes as it is, with the media type that its bytes say",
    arguments: [
      (png, "image/png"), (jpeg, "image/jpeg"), (webp, "image/webp"),
    ])
  func whole(bytes: [UInt8], mediaType: String) async throws {
    let (result, questions) = try await ask(Input(image: .data(bytes, mediaType: "image/gif")))
    #expect(try result.get().answer.label.map { fruits[$0] } == "cherry")
    let question = try #require(questions.first)
    #expect(question.images == [.data(bytes, mediaType: mediaType)])
    #expect(question.candidates == fruits)
    #expect(question.system.hasPrefix("You classify pictures.\n") && question.system.contains("written in it"))
    #expect(!question.user.contains("<sample>") && question.user.contains("The picture is what is to be classified."))
  }

  static let contents: [(reads: Set<Input.Kind>, text: String?, hasImage: Bool, says: String?, images: Int)] = [
    ([.text], "a cherry", false, "a cherry", 0), ([.text], "a cherry", true, "a cherry", 0),
    ([.image], "a cherry", true, nil, 1), ([.image], nil, true, nil, 1),
    ([.text, .image], "a cherry", true, "a cherry", 1), ([.text, .image], nil, true, nil, 1),
    ([.text, .image], "a cherry", false, "a cherry", 0),
  ]

  @Test("What the model reads of an input is what it is sent", arguments: contents.indices)
  func content(index: Int) async throws {
    let row = Self.contents[index]
    let input = Input(text: row.text, image: row.hasImage ? .data(Self.png, mediaType: nil) : nil)
    let (result, questions) = try await ask(input, reads: row.reads)
    _ = try result.get()
    let question = try #require(questions.first)
    #expect(question.images.count == row.images)
    #expect(question.text == row.says ?? "")
  }

  @Test("The soft prompt and both modes work with pictures")
  func modes() async throws {
    for mode in ChatCompletionsSettings.Mode.allCases {
      let (result, questions) = try await ask(Input(image: .data(Self.png, mediaType: nil))) { $0.mode = mode }
      #expect(try result.get().answer.label.map { fruits[$0] } == "cherry")
      #expect(questions.count == 1 && questions[0].isStructured == (mode == .jsonSchema))
    }
  }

  @Test("The server's count of tokens is what is paid")
  func price() async throws {
    let (result, questions) = try await ask(Input(image: .data(Self.png, mediaType: nil)))
    let answer = try result.get()
    #expect(answer.usage.promptTokens == questions[0].tokens && questions[0].tokens > ChatQuestion.imageTokens)
    #expect(!answer.usage.isEstimated)
    #expect(abs(answer.answer.cost - (Double(questions[0].tokens) + 10) / 1_000_000) < 1e-12)
  }

  @Test("Ahead of the server's count a picture is taken for image_tokens, whatever its bytes")
  func reserve() async throws {
    func estimate(_ input: Input, _ tokens: Int) async throws -> Double {
      var settings = settings([try nowhere()])
      (settings.reads, settings.imageTokens) = ([.text, .image], tokens)
      return try await ChatCompletionsClient.withClient(settings, labels: fruits) {
        $0.estimate(LargeModelRequest(input: input, candidates: [0, 1])).most.cost
      }
    }
    let small = Input(text: "x", image: .data(Self.png, mediaType: nil))
    let large = Input(text: "x", image: .data(Self.png + [UInt8](repeating: 0, count: 100_000), mediaType: nil))
    let (none, some) = (try await estimate(small, 0), try await estimate(small, 700))
    #expect(abs(some - none - 700 / 1_000_000) < 1e-12)
    #expect(try await estimate(large, 700) == some)
  }

  @Test(
    "A picture that no server knows is the sample's fault, and nothing is asked",
    arguments: [
      ImageSource.data(Array("GIF89a".utf8), mediaType: "image/png"), .data([], mediaType: nil),
      .url("https://example.org/a.png", mediaType: "image/png"),
    ])
  func foreign(image: ImageSource) async throws {
    let (result, questions) = try await ask(Input(image: image))
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.blame == .sample && error.description.hasPrefix("image: ") && questions.isEmpty)
  }

  @Test("A model that does not see holds the task, in any gateway's words", arguments: OddReply.blind)
  func blind(reply: OddReply) async throws {
    let (result, _) = try await ask(Input(image: .data(Self.png, mediaType: nil)), faults: .always(.odd(reply))) {
      $0.retry.maximumAttempts = 1
    }
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.blame == .world && error.cause == .request && error.isUnavailable, "\(error)")
    #expect(error.attempts[0].contains("the model does not read images"), "\(error.attempts)")
  }

  @Test(
    "A picture that the server cannot read is the sample's, in any gateway's words", arguments: OddReply.badPictures)
  func badPicture(reply: OddReply) async throws {
    let (result, _) = try await ask(Input(image: .data(Self.png, mediaType: nil)), faults: .always(.odd(reply))) {
      $0.retry.maximumAttempts = 1
    }
    guard case .failure(let error) = result else { return #expect(Bool(false), "an answer came") }
    #expect(error.blame == .likelySample && error.cause == .request, "\(error)")
  }
}
