import ChatCompletions
import Content
import Foundation
import LargeModel
import LargeModelServer
import Logging
import Synchronization
import Testing
import WorkerRuntime

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Holds the label that stands in the text probable, or that says what picture there is.
private struct Namesake: LargeModel {
  static let labels = ["apple", "banana", "cherry", "damson", "elder", "fig", "png of 8"]

  private func said(_ request: LargeModelRequest) -> String {
    guard request.text.isEmpty, case .data(let bytes, let mediaType)? = request.input.image else { return request.text }
    return "\(mediaType == "image/png" ? "png" : "picture") of \(bytes.count)"
  }

  let version = "namesake"

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in
      var probabilities = [Float](repeating: 0, count: Self.labels.count)
      for candidate in request.candidates {
        probabilities[candidate] = said(request).contains(Self.labels[candidate]) ? 0.9 : 0.1
      }
      let sum = probabilities.reduce(0, +)
      guard let best = request.candidates.max(by: { probabilities[$0] < probabilities[$1] }), sum > 0 else {
        return .failure(LargeModelError(.badRequest, "no candidates"))
      }
      return .success(
        LargeModelAnswer(
          label: best, probabilities: probabilities.map { $0 / sum }, promptTokens: 7, completionTokens: 1, cost: 0))
    }
  }
}

@Suite("A local model behind the chat-completions interface", .timeLimit(.minutes(1)), .serialized)
struct LargeModelServerTests {
  /// Runs a server while `body` does.
  private func serving(
    reads: Set<Input.Kind> = [.text], _ body: @escaping @Sendable (URL) async throws -> Void
  ) async throws {
    let (ports, source) = AsyncStream<Int>.makeStream()
    let runtime = Runtime(name: "test", settings: RuntimeSettings(log: LogSettings(level: .error)))
    let server = LargeModelServer(
      .init(port: 0, reads: reads), labels: Namesake.labels, model: Namesake(), logger: Logger(label: "server")
    ) { source.yield($0) }
    try await runtime.run([server]) {
      for await port in ports {
        try await body(try #require(URL(string: "http://127.0.0.1:\(port)/v1")))
        break
      }
    }
  }

  @Test(
    "This project's own client gets the model's distribution, by letter and by schema",
    arguments: [
      ChatCompletionsSettings.Mode.token, .jsonSchema,
    ])
  func ownClient(mode: ChatCompletionsSettings.Mode) async throws {
    try await serving { endpoint in
      var settings = ChatCompletionsSettings(endpoints: [endpoint], model: "namesake")
      settings.mode = mode
      try await ChatCompletionsClient.withClient(settings, labels: Namesake.labels) { client in
        let requests = Namesake.labels.map {
          LargeModelRequest(text: "about a \($0)\nA. fig", candidates: [5, 0, 1, 2, 3, 4].filter { $0 != 4 })
        }
        for (index, outcome) in try await client.answer(requests).enumerated() where index < 4 {
          let answer = try outcome.get()
          #expect(answer.label == index || answer.label == 5)
          #expect(answer.promptTokens == 7)
          // Both the label and the fig of the second line stand in the text.
          guard mode == .token else {
            #expect(answer.probabilities == nil)
            continue
          }
          let probabilities = try #require(answer.probabilities)
          #expect(abs(probabilities[index] - 0.9 / 2.1) < 1e-3 && probabilities[4] == 0)
        }
      }
    }
  }

  /// Says what picture there is, and of one of 200 bytes how sure it is not.
  private struct Captioner: LargeModel {
    let version = "captioner"

    func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
      requests.map { request in
        let bytes = request.input.image?.byteCount ?? 0
        return .success(
          LargeModelAnswer(
            caption: "a picture of \(bytes) bytes", confidence: bytes == 200 ? nil : 0.375, promptTokens: 7,
            completionTokens: 5, cost: 0))
      }
    }
  }

  @Test("A captioner's caption and its confidence reach this project's own client")
  func captioner() async throws {
    let (ports, source) = AsyncStream<Int>.makeStream()
    let runtime = Runtime(name: "test", settings: RuntimeSettings(log: LogSettings(level: .error)))
    let server = LargeModelServer(
      .init(port: 0, reads: [.image]), reply: .caption, labels: [], model: Captioner(), logger: Logger(label: "server")
    ) { source.yield($0) }
    try await runtime.run([server]) {
      for await port in ports {
        let endpoint = try #require(URL(string: "http://127.0.0.1:\(port)/v1"))
        var settings = ChatCompletionsSettings(endpoints: [endpoint], model: "captioner", reply: .caption)
        settings.reads = [.image]
        let asked = settings
        try await ChatCompletionsClient.withClient(asked, labels: []) { client in
          let png = Input.control("", reads: [.image]).image?.fetched ?? []
          for (padding, confidence) in [(0, Float(0.375)), (200 - png.count, nil)] {
            let bytes = png + [UInt8](repeating: 0, count: padding)
            let request = LargeModelRequest(captionOf: Input(image: .data(bytes, mediaType: nil)))
            let answer = try await client.answer([request])[0].get()
            #expect(answer.reply(labels: []) == .caption("a picture of \(bytes.count) bytes"))
            #expect(abs((answer.confidence ?? -1) - (confidence ?? -1)) < 1e-6 && answer.promptTokens == 7)
          }
        }
        break
      }
    }
  }

  @Test(
    "What it cannot answer is refused with a reason",
    arguments: [
      ("nonsense", "error"), (#"{"model":"m","messages":[{"role":"user","content":"A. pear\nB. fig\nx"}]}"#, "pear"),
      (#"{"messages":[]}"#, "model"),
      (#"{"model":"m","messages":[{"role":"user","content":"A. fig\nB. fig"}]}"#, "twice"),
    ])
  func refusals(body: String, reason: String) async throws {
    try await serving { endpoint in
      let (status, text) = try await post(body, to: endpoint)
      #expect(status == 400 && text.contains(reason), "\(text)")
    }
  }

  @Test("Any other client's message is the text, and all labels are candidates")
  func plainMessage() async throws {
    try await serving { endpoint in
      let body = #"""
        {"model":"m","logprobs":true,"top_logprobs":-3,"messages":[{"role":"user","content":"is this a cherry?"}]}
        """#
      let (status, text) = try await post(body, to: endpoint)
      #expect(status == 200 && text.contains(#""content":"cherry""#), "\(text)")
      let (data, _) = try await URLSession.shared.data(from: endpoint.appending(path: "models"))
      #expect(String(decoding: data, as: UTF8.self).contains("namesake"))
    }
  }

  static let png = "data:image/png;base64,iVBORw0KGgo="

  /// By what stands in the last message: parts, and what the answer or the refusal says.
  static let contents: [(reads: Set<Input.Kind>, content: String, status: Int, says: String)] = [
    ([.text], #"[{"type":"text","text":"a cherry"}]"#, 200, "cherry"),
    ([.text], #"[{"type":"text","text":"a"},{"type":"text","text":"cherry"}]"#, 200, "cherry"),
    (
      [.text], #"[{"type":"text","text":"a cherry"},{"type":"image_url","image_url":{"url":"\(png)"}}]"#, 400,
      "does not support image input"
    ),
    ([.image], #"[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"\(png)"}}]"#, 200, "png of 8"),
    ([.image], #"[{"type":"image_url","image_url":"\(png)"}]"#, 200, "png of 8"),
    (
      [.text, .image], #"[{"type":"text","text":"a cherry"},{"type":"image_url","image_url":{"url":"\(png)"}}]"#, 200,
      "cherry"
    ),
    ([.text, .image], #"[{"type":"text","text":"a cherry"}]"#, 200, "cherry"),
    ([.image], #""a cherry""#, 400, "no image_url part"),
    (
      [.image], #"[{"type":"image_url","image_url":{"url":"\(png)"}},{"type":"image_url","image_url":"\(png)"}]"#, 400,
      "2 images"
    ),
    ([.image], #"[{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]"#, 400, "not fetched"),
    ([.image], #"[{"type":"image_url","image_url":{"url":"data:image/png;base64,?"}}]"#, 400, "no data URL"),
    ([.image], #"[{"type":"image_url","image_url":{"url":"data:image/png,abc"}}]"#, 400, "no data URL"),
    ([.image], #"[{"type":"image_url"}]"#, 400, "image_url.url"),
    ([.image], #"[{"type":"input_audio","input_audio":{}}]"#, 400, "input_audio"),
    ([.text], #"[{"text":"a cherry"}]"#, 400, "type"), ([.text], "null", 400, "content"),
    ([.text], "7", 400, "content"),
  ]

  @Test("Content is a text or an array of parts; what the model does not read is refused", arguments: contents.indices)
  func content(index: Int) async throws {
    let row = Self.contents[index]
    try await serving(reads: row.reads) { endpoint in
      let body =
        #"{"model":"m","messages":[{"role":"user","content":\#(row.content.replacing(#"\(png)"#, with: Self.png))}]}"#
      let (status, text) = try await post(body, to: endpoint)
      #expect(status == row.status && text.contains(row.says), "\(text)")
    }
  }

  private func post(_ body: String, to endpoint: URL) async throws -> (status: Int?, text: String) {
    var request = URLRequest(url: endpoint.appending(path: "chat/completions"))
    request.httpMethod = "POST"
    request.httpBody = Data(body.utf8)
    let (data, response) = try await URLSession.shared.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode, String(decoding: data, as: UTF8.self))
  }
}
