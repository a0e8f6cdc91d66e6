import Content
import Foundation
import LargeModel
import LargeModelServer
import PracticeServer
import Synchronization
import Testing

@testable import ChatCompletions

/// What becomes of what a model writes where a caption is asked for.
@Suite("Captions as models write them") struct WrittenCaptionTests {
  private func written(_ reply: ChatReply) throws -> WrittenCaption { try WrittenCaption(reply) }

  private func reply(_ content: String?, finish: String? = "stop") -> ChatReply {
    var reply = ChatReply()
    (reply.content, reply.finishReason) = (content, finish)
    return reply
  }

  static let good: [String] = [
    "A dog runs.", "  A dog runs.\n", "\"A dog runs.\"", "“A dog runs.”", "'A dog runs.'", "**A dog runs.**",
    "Caption: A dog runs.", "**Caption:** A dog runs.", "Caption: \"A dog runs.\"", "Here is a caption:\n\nA dog runs.",
    "Sure! Here's one sentence:\n\"A dog runs.\"", "A dog\nruns.", "A dog runs.\n\nIt says what is to be seen.",
    "1. A dog runs.\n2. A brown dog runs over grass.", "- A dog runs.\n- A brown dog.", "```\nA dog runs.\n```",
    #"{"caption": "A dog runs."}"#, "```json\n{\"caption\": \"A dog runs.\"}\n```", #"{"description":"A dog runs."}"#,
    "<think>A cat? No, a dog.</think>\nA dog runs.", "A\u{0}dog\truns.", "A dog runs.<|im_end|>", "A dog  runs.",
  ]

  @Test("What stands around a caption is taken away", arguments: good) func unwrapped(content: String) throws {
    let caption = try written(reply(content)).caption
    #expect(caption == "A dog runs.", "\(content.debugDescription)")
  }

  @Test(
    "What belongs to a caption stays",
    arguments: [
      "\"Stop\" and \"go\" stand on two signs.", "A sign says: no dogs.", "Two dogs - one brown - run.", "2 dogs run.",
      "Ein größerer Hund läuft.", "一只狗在跑。", "A dog's bowl.", "I-beams carry a roof.",
    ]) func kept(content: String) throws
  { #expect(try written(reply(content)).caption == content) }

  @Test(
    "What is no caption is told apart, with whose fault it is",
    arguments: [
      (nil, "stop", "no caption"), ("", "stop", "nothing is written"), (" \n", "stop", "nothing is written"),
      ("\"\"", "stop", "nothing is written"), ("Caption:", "stop", "nothing is written"),
      ("A dog ru", "length", "is cut short"), ("A dog runs.", "content_filter", "content filter"),
      ("I'm sorry, but I can't help with that.", "stop", "refuses"), ("I’m unable to see images.", "stop", "refuses"),
      ("Please provide an image.", "stop", "refuses"), ("A d\u{FFFD}g", "stop", "not UTF-8"),
      (String(repeating: "dog ", count: 600), "stop", "bytes, more than 2048"),
    ] as [(String?, String, String)])
  func none(content: String?, finish: String, reason: String) {
    let failure = #expect(throws: AttemptFailure.self) { try written(reply(content, finish: finish)) }
    #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
  }

  @Test func aRefusalMemberDecidesOnlyWhereNothingIsWritten() throws {
    var reply = reply("A dog runs.")
    reply.refusal = "no"
    #expect(try written(reply).caption == "A dog runs.")
    reply.content = nil
    #expect(throws: AttemptFailure.refused("no")) { try written(reply) }
  }

  private func positions(_ tokens: [(String, Double?)]) -> [ChatReply.Position] {
    tokens.map { ChatReply.Position(text: $0.0, logprob: $0.1, likeliest: []) }
  }

  private func confidence(_ tokens: [(String, Double?)], _ caption: String = "A dog runs.") -> Float? {
    TokenConfidence.geometricMean(of: positions(tokens), caption: caption)
  }

  @Test("The confidence is the geometric mean of the tokens' probabilities") func geometricMean() throws {
    let plain = confidence([("A", log(0.5)), (" dog", log(0.25)), (" runs", log(1)), (".", log(0.5))])
    #expect(abs(try #require(plain) - pow(0.0625, 0.25)) < 1e-6)
    // Thoughts are not the answer; SentencePiece and byte-level BPE write spaces in their own ways.
    let thought = confidence([("<think>", -9), ("x", -9), ("</think>", -9), ("▁A", -1), ("▁dog", -1), ("Ġruns.", -1)])
    #expect(abs(try #require(thought) - exp(-1)) < 1e-6)
    let rounded = confidence([("A dog", 0.001), (" runs.", -2)])
    #expect(abs(try #require(rounded) - exp(-1)) < 1e-6)
    // A character that is cut in two.
    #expect(confidence([("A h", -1), ("\u{FFFD}", -1), ("\u{FFFD}nd.", -1)], "A hünd.") != nil)
  }

  @Test(
    "Where nobody knows how sure it is, there is no confidence",
    arguments: [
      [], [("A", -1), (" dog", nil), (" runs.", -1)], [("A", 0), (" dog runs.", 0)], [("A", 3), (" dog runs.", -1)],
      [("A", -1), (" cat.", -1)], [("A", -1)],
    ] as [[(String, Double?)]]) func unknown(tokens: [(String, Double?)])
  { #expect(confidence(tokens) == nil) }
}

@Suite("Captions, at a real server", .timeLimit(.minutes(2)), .serialized)
struct CaptionServerTests {
  private static let picture = Input.control("", reads: [.image])

  private final class Questions: Sendable {
    private let asked = Mutex<[ChatQuestion]>([])
    var all: [ChatQuestion] { asked.withLock { $0 } }
    func add(_ question: ChatQuestion) { asked.withLock { $0.append(question) } }
  }

  private func ask(
    _ request: LargeModelRequest, saying answer: ChatAnswer, faults: FaultPlan = .none,
    _ change: @escaping @Sendable (inout ChatCompletionsSettings) -> Void = { _ in }
  ) async throws -> (result: Result<LargeModelAnswer, LargeModelError>, questions: [ChatQuestion]) {
    let questions = Questions()
    let result = try await PracticeServer.run(.init(faults: faults)) { question in
      questions.add(question)
      return answer
    } _: { server in
      var settings = ChatCompletionsSettings(endpoints: [server.endpoint], model: "practice", reply: .caption)
      settings.retry = .init(maximumAttempts: 3, base: .milliseconds(1), cap: .milliseconds(4))
      settings.reads = [.image]
      settings.prices = .init(prompt: 1, completion: 10)
      change(&settings)
      return try await ChatCompletionsClient.withClient(settings, labels: []) { try await $0.answer([request])[0] }
    }
    return (result, questions.all)
  }

  @Test("A picture is described in one sentence, with the confidence of its tokens") func picture() async throws {
    let (result, questions) = try await ask(
      LargeModelRequest(captionOf: Self.picture), saying: .caption("A grey square.", confidence: 0.25))
    let answer = try result.get()
    #expect(answer.choice == .caption("A grey square.", confidence: 0.25) && answer.cost > 0)
    let question = try #require(questions.first)
    #expect(question.images.count == 1 && question.candidates.isEmpty && !question.isStructured)
    #expect(question.asksLogprobs && question.topLogprobs == 0 && question.temperature == 0)
    #expect(question.system.hasPrefix("You describe pictures.\n") && question.system.contains("written in it"))
    #expect(question.system.contains("one short, plain sentence") && question.user == "Describe the picture.")
  }

  @Test("Without log-probabilities a caption stands without a confidence") func unsure() async throws {
    let request = LargeModelRequest(captionOf: Self.picture)
    let (none, _) = try await ask(request, saying: .caption("A grey square.", confidence: nil))
    #expect(try none.get().choice == .caption("A grey square.", confidence: nil))
    let (unasked, questions) = try await ask(request, saying: .caption("A grey square.", confidence: 0.25)) {
      $0.topLogprobs = 0
    }
    #expect(try unasked.get().confidence == nil && questions[0].asksLogprobs == false)
  }

  @Test("The soft prompt shows the small model's caption with its confidence, below or in its own place")
  func soft() async throws {
    let suggestion = LargeModelRequest.Suggestion(caption: "a {text} dog", confidence: 0.4567)
    let request = LargeModelRequest(
      captionOf: Input(text: "from afar", image: Self.picture.image), suggestion: suggestion)
    let (_, below) = try await ask(request, saying: .caption("A square.", confidence: 0.5)) {
      $0.reads = [.image, .text]
    }
    let told = "A small model, whose confidence in it is 0.457, says: \"a {text} dog\"."
    #expect(below[0].user.hasPrefix("<sample>\nfrom afar\n</sample>\n\n\(told)"))
    let (_, placed) = try await ask(request, saying: .caption("A square.", confidence: 0.5)) {
      $0.template = "{suggestion}|{text}"
    }
    #expect(placed[0].user.hasPrefix(told) && placed[0].user.hasSuffix("|Describe the picture."))
  }

  @Test(
    "What is no caption is asked again, and then charged to the sample or the world",
    arguments: [
      (ChatAnswer.verbatim(""), LargeModelError.Blame.unclear, 3), (.verbatim("I'm sorry, I can't."), .likelySample, 3),
      (.refusal("no"), .likelySample, 3), (.verbatim(String(repeating: "dog ", count: 600)), .unclear, 3),
    ])
  func failures(answer: ChatAnswer, blame: LargeModelError.Blame, requests: Int) async throws {
    let (result, questions) = try await ask(LargeModelRequest(captionOf: Self.picture), saying: answer)
    guard case .failure(let error) = result else { return #expect(Bool(false), "a caption came") }
    #expect(error.blame == blame && error.attempts.count == requests && questions.count == requests, "\(error)")
  }

  @Test("A rate limit is nobody's fault, and a caption comes after it") func limited() async throws {
    let (result, questions) = try await ask(
      LargeModelRequest(captionOf: Self.picture), saying: .caption("A square.", confidence: 0.5),
      faults: .script([.rateLimit(), .status(500), nil]))
    #expect(try result.get().reply(labels: []) == .caption("A square.") && questions.count == 1)
  }
}
