import Foundation
import LargeModel
import PracticeServer
import Testing

@testable import ChatCompletions

@Suite("What a request has", .timeLimit(.minutes(2)))
struct RequestTests {
  /// The request as the server hears it.
  private func heard(
    model: @escaping PracticeServer.Model = namesake,
    _ change: @escaping @Sendable (inout ChatCompletionsSettings) -> Void
  ) async throws -> String {
    try await PracticeServer.run(model: model) { server in
      try await Relay.run(.plain, to: server.endpoint.port ?? 0) { relay in
        var settings = settings([try #require(URL(string: "http://127.0.0.1:\(relay.port)/v1"))], attempts: 1)
        change(&settings)
        return try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
          let answer = try await client.classify(.fruit("a cherry")).get()
          #expect(answer.answer.label == 2)
          return relay.heard
        }
      }
    }
  }

  @Test("A key stands in its header, further ones beside it")
  func headers() async throws {
    let usual = try await heard { $0.apiKey = APIKey("sk-1") }
    #expect(usual.lowercased().contains("authorization: bearer sk-1\r\n"))
    let azure = try await heard {
      $0.apiKey = APIKey("sk-1")
      $0.apiKeyHeader = "api-key"
      $0.headers = ["x-title": APIKey(field: "my app")].compactMapValues(\.self)
    }
    #expect(azure.lowercased().contains("api-key: sk-1\r\n") && azure.lowercased().contains("x-title: my app\r\n"))
    #expect(!azure.lowercased().contains("authorization"))
  }

  @Test("Further members stand in the body, with any JSON, and take the place of ours")
  func extraBody() async throws {
    let body = try await heard(model: { _ in .verbatim(#"{"label":"cherry"}"#) }) {
      $0.mode = .jsonSchema
      $0.maximumTokens = 4_000
      $0.completionLimit = .maxCompletionTokens
      $0.extraBody = [
        "reasoning_effort": #""low""#, "provider": #"{"order":["a"]}"#, "response_format": #"{"type":"json_object"}"#,
      ]
    }
    #expect(body.contains(#""max_completion_tokens":4000"#) && !body.contains(#""max_tokens""#))
    #expect(body.contains(#","provider":{"order":["a"]},"reasoning_effort":"low","#))
    #expect(body.contains(#""response_format":{"type":"json_object"}}"#) && !body.contains("json_schema"))
  }

  @Test("A server that refuses max_tokens by its name is sent max_completion_tokens, once and for all")
  func learns() async throws {
    let refusal = Fault.odd(try #require(OddReply.refusals.first { $0.name == "unsupported parameter" }))
    try await PracticeServer.run(.init(faults: .script([refusal])), model: namesake) { server in
      try await Relay.run(.plain, to: server.endpoint.port ?? 0) { relay in
        let settings = settings([try #require(URL(string: "http://127.0.0.1:\(relay.port)/v1"))], attempts: 1)
        try await ChatCompletionsClient.withClient(settings, labels: fruits) { client in
          for requests in [2, 1] {
            let answer = try await client.classify(.fruit("a cherry")).get()
            #expect(answer.requests == requests && answer.answer.label == 2)
          }
        }
        #expect(relay.heard.components(separatedBy: #""max_tokens":1,"#).count == 2)
        #expect(relay.heard.components(separatedBy: #""max_completion_tokens":1,"#).count == 3)
      }
    }
  }

  @Test("A server that refuses both names is not asked for ever")
  func learnsOnce() async throws {
    let refusals = ["max_tokens", "max_completion_tokens"].map {
      AttemptFailure.status(
        400, retryAfter: nil, code: "unsupported_parameter", message: "Unsupported parameter: '\($0)'")
    }
    #expect(refusals[0].refuses("max_tokens") && !refusals[0].refuses("max_completion_tokens"))
    #expect(refusals[1].refuses("max_completion_tokens"))
    #expect(!AttemptFailure.status(400, retryAfter: nil, code: nil, message: "'max_tokens' is 0").refuses("max_tokens"))
  }

  @Test("A model that used its tokens for reasoning: the reason names the setting")
  func cutShort() async throws {
    let empty = Fault.odd(try #require(OddReply.all.first { $0.name == "content null after reasoning" }))
    try await PracticeServer.run(.init(faults: .always(empty)), model: namesake) { server in
      try await ChatCompletionsClient.withClient(settings([server.endpoint]), labels: fruits) { client in
        guard case .failure(let error) = try await client.classify(.fruit("a cherry")) else {
          return #expect(Bool(false), "an answer came")
        }
        #expect(error.attempts.count == 1 && error.attempts[0].contains("finish_reason length"))
        #expect(error.attempts[0].contains("raise large_model.chat_completions.max_tokens"))
        #expect(error.reason == "answer cut short (finish_reason length)")
      }
    }
  }

  @Test("A base address keeps its query", arguments: ["https://h/openai/deployments/d?api-version=2024-10-21"])
  func query(text: String) throws {
    let url = try #require(URL(string: text))
    #expect(
      HTTPExchange.address(url) == "https://h/openai/deployments/d/chat/completions?api-version=2024-10-21")
  }
}
