import LargeModel
import LargeModelFlow
import Testing

@testable import ChatCompletions

@Suite("Whose fault a failure is")
struct BlameTests {
  typealias Row = (
    failure: AttemptFailure, blame: LargeModelError.Blame, cause: LargeModelError.Cause, isRetriable: Bool,
    outcome: CircuitBreaker.Outcome
  )

  private static func http(_ status: Int, _ message: String = "", code: String? = nil) -> AttemptFailure {
    .status(status, retryAfter: nil, code: code, message: message)
  }

  /// The table of docs/reliability.md.
  static let table: [Row] = [
    (.connection("refused"), .likelyWorld, .server, true, .failure),
    (.timedOut("silence"), .likelyWorld, .server, true, .failure),
    (.unreadable("x"), .likelyWorld, .server, true, .failure),
    (.tooLarge(1), .unclear, .answer, false, .success),
    (.outsideLabels("x"), .unclear, .answer, true, .success),
    (.cutShort(tokens: 16), .unclear, .answer, false, .success),
    (.refused("x"), .likelySample, .answer, true, .success),
    (http(301), .world, .redirect, true, .refusal), (http(307), .world, .redirect, true, .refusal),
    (http(401), .world, .credentials, true, .refusal), (http(407), .world, .credentials, true, .refusal),
    (http(402), .world, .quota, true, .refusal), (http(403), .likelyWorld, .credentials, false, .failure),
    (http(404), .world, .request, true, .refusal), (http(405), .world, .request, true, .refusal),
    (http(415), .world, .request, true, .refusal), (http(408), .likelyWorld, .server, true, .failure),
    (http(409), .likelyWorld, .server, true, .failure), (http(425), .likelyWorld, .server, true, .failure),
    (http(499), .likelyWorld, .server, false, .failure), (http(429), .world, .rateLimit, true, .success),
    (http(429, code: "insufficient_quota"), .world, .quota, true, .refusal),
    (http(503, code: "rate_limit_exceeded"), .world, .rateLimit, true, .success),
    (http(500), .likelyWorld, .server, true, .failure), (http(501), .world, .request, false, .failure),
    (http(502), .likelyWorld, .server, true, .failure), (http(503), .likelyWorld, .server, true, .failure),
    (http(529), .likelyWorld, .server, true, .failure), (http(200), .likelyWorld, .server, false, .failure),
    (http(400), .unclear, .request, false, .success), (http(413), .unclear, .request, false, .success),
    (http(422), .unclear, .request, false, .success),
    (http(400, code: "context_length_exceeded"), .likelySample, .request, false, .success),
    (http(400, "This model's maximum context length is 4096 tokens."), .likelySample, .request, false, .success),
    (http(400, "the request exceeds the available context size"), .likelySample, .request, false, .success),
    (http(400, code: "content_policy_violation"), .likelySample, .answer, false, .success),
    (http(400, "triggering Azure OpenAI's content management policy"), .likelySample, .answer, false, .success),
    (http(400, code: "unsupported_parameter"), .likelyWorld, .request, false, .success),
    (http(422, "body.seed: Extra inputs are not permitted"), .likelyWorld, .request, false, .success),
    (http(400, "this model does not support response_format"), .likelyWorld, .request, false, .success),
    (http(400, code: "model_not_found"), .world, .request, true, .refusal),
    (http(400, code: "invalid_api_key"), .world, .credentials, true, .refusal),
  ]

  @Test("Each status and transport failure", arguments: table.indices)
  func judgement(index: Int) {
    let row = Self.table[index]
    #expect(row.failure.judgement == (row.blame, row.cause), "\(row.failure)")
    #expect(row.failure.isRetriable == row.isRetriable, "\(row.failure)")
    #expect(row.failure.outcome == row.outcome, "\(row.failure)")
  }

  @Test("The server's own word on asking again counts")
  func shouldRetry() {
    #expect(AttemptFailure.status(400, retryAfter: nil, code: nil, message: "", shouldRetry: true).isRetriable)
    #expect(!AttemptFailure.status(503, retryAfter: nil, code: nil, message: "", shouldRetry: false).isRetriable)
  }

  static let remedies: [(AttemptFailure, String)] = [
    (http(307, "it points to http://other/v1/chat/completions"), "chat_completions.endpoints"),
    (http(401), "api_key_variable"), (http(402), "the account needs money"), (http(404), "endpoints and model"),
    (http(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead."), "completion_limit"),
    (http(400, "'temperature' does not support 0 with this model", code: "unsupported_value"), "sends_temperature"),
    (http(400, "top_logprobs are not supported"), "top_logprobs (0"),
    (http(400, "response_format json_schema is not supported"), "mode (\"token\""),
    (.cutShort(tokens: 33), "its 33 tokens"), (.cutShort(tokens: 33), "raise large_model.chat_completions.max_tokens"),
    (http(500), "says nothing"), (http(500, "a\nb"), "\"a b\""),
  ]

  @Test("A reason has the server's own words and names the setting to change", arguments: remedies.indices)
  func remedy(index: Int) {
    #expect(Self.remedies[index].0.reason.contains(Self.remedies[index].1), "\(Self.remedies[index].0.reason)")
  }

  static let bodies: [(body: String, code: String?, message: String)] = [
    (#"{"error":{"message":"no","type":"invalid_request_error","param":"n","code":"bad"}}"#, "bad", "no"),
    (#"{"error":{"message":"no","type":"requests","code":null}}"#, "requests", "no"),
    (#"{"error":{"message":"no","code":400}}"#, nil, "no"), (#"{"error":"no"}"#, nil, "no"),
    (#"{"error":{"error":{"message":"no"}}}"#, nil, "no"), (#"{"detail":"no"}"#, nil, "no"),
    (
      #"{"detail":[{"loc":["body","seed"],"msg":"extra","type":"extra_forbidden"},{"loc":["body",0],"msg":"b"}]}"#,
      "extra_forbidden", "body.seed: extra; body.0: b"
    ),
    (#"{"object":"error","message":"no","type":"BadRequestError","code":400}"#, "BadRequestError", "no"),
    (#"{"errors":["a","b"]}"#, nil, "a; b"), (#"{"errors":[{"message":"a"}]}"#, nil, "a"),
    (#"[{"error":{"code":404,"message":"no","status":"NOT_FOUND"}}]"#, "NOT_FOUND", "no"),
    (#"{"title":"Bad","detail":"no","status":400}"#, nil, "Bad; no"),
    (
      #"{"error":{"message":"Provider returned error","metadata":{"raw":"too hot"}}}"#, nil,
      "Provider returned error; too hot"
    ),
    ("<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>", nil, "502 Bad Gateway"),
    ("<!DOCTYPE html><html><body><H1 class=a>Down</H1></body></html>", nil, "Down"), ("upstream\n", nil, "upstream"),
    ("", nil, ""), ("{}", nil, "{}"), ("null", nil, "null"), (#"{"error":{"message":"#, nil, #"{"error":{"message":"#),
  ]

  @Test("A server's words are found in every form of body", arguments: bodies.indices)
  func words(index: Int) {
    let (body, code, message) = Self.bodies[index]
    let error = ServerError(Array(body.utf8))
    #expect(error.code == code, "\(body)")
    #expect(error.message == message, "\(body)")
  }

  @Test("A body of any size, depth and bytes gives a short reason")
  func short() {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    let marks = String(repeating: "a\u{301}", count: 100_000)
    for body in [deep, marks, #"{"error":""# + marks + #""}"#, "<title>" + marks] {
      let error = ServerError(Array(body.utf8))
      #expect(error.message.utf8.count <= 4_003)
      #expect(Self.http(500, error.message).reason.utf8.count < 2_000)
    }
    #expect(ServerError([0xFF, 0xFE, 0x00]).code == nil)
  }
}
