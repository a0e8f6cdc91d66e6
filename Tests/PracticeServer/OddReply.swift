import Foundation

/// A whole reply that servers, gateways and proxies really send, and a client must not stumble over.
public struct OddReply: Sendable, Hashable, CustomStringConvertible {
  /// What it is, in a word or two; unique.
  public let name: String
  /// Whether the model's answer is in it, so that a client takes it. Every other one fails its attempt only.
  public let isGood: Bool
  let make: @Sendable (SaidAnswer) -> RawReply

  init(_ name: String, isGood: Bool = false, _ make: @escaping @Sendable (SaidAnswer) -> RawReply) {
    self.name = name
    self.isGood = isGood
    self.make = make
  }

  /// The name.
  public var description: String { name }
  /// By name.
  public static func == (left: OddReply, right: OddReply) -> Bool { left.name == right.name }
  /// By name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// All of them.
  public static let all = goodEnvelopes + goodWords + failures + statuses
}

/// A reply as it goes out.
struct RawReply: Sendable {
  var status = 200
  var headers = ["content-type": "application/json"]
  var body: [UInt8]

  init(_ text: String, status: Int = 200, headers: [String: String] = [:]) {
    self.init(Array(text.utf8), status: status, headers: headers)
  }

  init(_ body: [UInt8], status: Int = 200, headers: [String: String] = [:]) {
    self.status = status
    self.body = body
    self.headers.merge(headers) { _, new in new }
  }
}

extension OddReply {
  /// The answer stands in it as always; what stands around it is odd.
  static let goodEnvelopes: [OddReply] = [
    good("refusal empty") { $0.envelope(message: #""refusal": """#) },
    good("refusal none") { $0.envelope(message: #""refusal": "none""#) },
    good("refusal false") { $0.envelope(message: #""refusal": false"#) },
    good("usage of floats") { $0.envelope(usage: #"{"prompt_tokens": 100.0, "completion_tokens": 3.0}"#) },
    good("usage of strings") { $0.envelope(usage: #"{"prompt_tokens": "100", "completion_tokens": "3"}"#) },
    good("usage null") { $0.envelope(usage: "null") },
    good("usage a text") { $0.envelope(usage: #""free""#) },
    good("usage beyond 64 bits") { $0.envelope(usage: #"{"prompt_tokens": 18446744073709551616}"#) },
    good("finish_reason a number") { $0.envelope(choice: #""finish_reason": 1"#) },
    good("finish_reason null") { $0.envelope(choice: #""finish_reason": null"#) },
    good("index a text") { $0.envelope(choice: #""finish_reason": "stop", "index": "0""#) },
    good("content as parts") { $0.envelope(content: #"[{"type": "text", "text": \#($0.quotedContent)}]"#) },
    good("logprobs null") { $0.envelope(logprobs: "null") },
    good("logprobs empty") { $0.envelope(logprobs: #"{"content": []}"#) },
    good("logprobs of the old completions") { said in
      said.envelope(
        logprobs: """
          {"tokens": [\(said.quotedContent)], "token_logprobs": [-0.1], "top_logprobs": [{\(said.quotedContent): -0.1}], \
          "text_offset": [0]}
          """)
    },
    good("a probability of minus infinity") { said in
      said.envelope(logprobs: said.logprobs(others: #"{"token": "~", "logprob": -Infinity}"#))
    },
    good("a lone surrogate beside") { $0.envelope(message: #""refusal": null, "name": "\ud83d""#) },
    good("big numbers beside") { $0.envelope(message: #""refusal": null, "n": [1e309, 18446744073709551616]"#) },
    good("reasoning beside") { $0.envelope(message: #""reasoning_content": "It is B, or not.", "refusal": null"#) },
    OddReply("byte-order mark", isGood: true) { RawReply([0xEF, 0xBB, 0xBF] + $0.envelope().utf8) },
    good("blank lines before") { "\r\n\n \n" + $0.envelope() + "\n\n" },
    OddReply("status 201", isGood: true) { RawReply($0.envelope(), status: 201) },
    OddReply("gzip", isGood: true) {
      RawReply(GzipStored.compressed(Array($0.envelope().utf8)), headers: ["content-encoding": "gzip"])
    },
    OddReply("deflate", isGood: true) {
      RawReply(GzipStored.deflated(Array($0.envelope().utf8)), headers: ["content-encoding": "deflate"])
    },
    good("server-sent events") { "data: \($0.envelope())\n\ndata: [DONE]\n\n" },
    good("content null, a tool call") { said in
      said.envelope(
        content: "null",
        message: #""tool_calls": [{"function": {"name": "f", "arguments": \#(SaidAnswer.quoted(said.object))}}]"#)
    },
    OddReply("content type text", isGood: true) { RawReply($0.envelope(), headers: ["content-type": "text/plain"]) },
  ]

  /// The answer in other words than the ones asked for.
  static let goodWords: [OddReply] = [
    words("spaces around") { "\n  \($0.content)  \n" },
    words("JSON in a fence") { "```json\n\($0.object)\n```" },
    words("JSON in prose") { "Sure! Here it is: \($0.object) I hope that helps." },
    words("JSON after a thought") { "<think>It names several, so I compare.</think>\n\($0.object)" },
    words("letter and label") { "\($0.letter). \($0.label)" },
    words("label alone") { $0.label },
    words("label in capitals") { $0.label.uppercased() },
    words("boxed") { "\\boxed{\($0.letter)}" },
    words("bold") { "**\($0.letter)**" },
  ]

  /// A success by its status, and no answer.
  static let failures: [OddReply] = [
    failure("error in a success") { _ in
      #"{"id": "gen-1", "error": {"message": "Upstream error: provider overloaded", "code": 502}, "user_id": "u"}"#
    },
    failure("error in the choice") { _ in
      #"{"id": "gen-1", "choices": [{"index": 0, "error": {"message": "overloaded", "code": 529}, "message": null}]}"#
    },
    failure("choices null") { _ in #"{"id": "gen-1", "choices": null}"# },
    failure("no choice") { _ in #"{"id": "gen-1", "choices": []}"# },
    failure("nothing written") {
      $0.envelope(content: #""""#, choice: #""finish_reason": "length""#, logprobs: "null")
    },
    failure("content null after reasoning") { said in
      said.envelope(
        content: "null", message: #""reasoning_content": "The text mentions it, so""#,
        choice: #""finish_reason": "length""#, logprobs: "null")
    },
    failure("page instead of JSON") { _ in "<html><body>Checking your browser…</body></html>" },
    failure("empty body") { _ in "" },
    failure("JSON cut off") { String($0.envelope().prefix(80)) },
    failure("a list") { _ in "[]" },
    OddReply("an unknown encoding") { RawReply($0.envelope(), headers: ["content-encoding": "br"]) },
    OddReply("gzip of something else") { RawReply($0.envelope(), headers: ["content-encoding": "gzip"]) },
    OddReply("gzip cut off") {
      RawReply(
        Array(GzipStored.compressed(Array($0.envelope().utf8)).dropLast(40)), headers: ["content-encoding": "gzip"])
    },
    failure("a refusal") {
      $0.envelope(content: "null", message: #""refusal": "I'm sorry, I can't help with that.""#, logprobs: "null")
    },
    failure("filtered") {
      $0.envelope(content: #""""#, choice: #""finish_reason": "content_filter""#, logprobs: "null")
    },
    failure("another label") { $0.envelope(content: #""the quick brown fox""#, logprobs: "null") },
  ]

  /// Statuses that gateways answer with, and their fields.
  static let statuses: [OddReply] =
    [408, 409, 425, 500, 502, 503, 504, 520, 529].map { status($0) } + [
      status(429),
      status(429, headers: ["retry-after": "1"], name: "429 after a second"),
      status(429, headers: ["retry-after-ms": "500"], name: "429 after milliseconds"),
      status(
        429, headers: ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "500ms"],
        name: "429 with a reset"),
      status(503, headers: ["retry-after": "soon"], name: "503 after what is no time"),
    ]

  /// What servers and gateways answer to a picture where their model reads none: a task holds until that changes.
  public static let blind: [OddReply] = [
    blind(
      "OpenAI", 400,
      #"{"error":{"message":"Invalid content type. image_url is only supported by certain models.","type":"invalid_request_error","param":"messages.[1].content.[1].type","code":null}}"#
    ),
    blind("OpenRouter", 404, #"{"error":{"message":"No endpoints found that support image input","code":404}}"#),
    blind(
      "vLLM", 400,
      #"{"object":"error","message":"At most 0 image(s) may be provided in one request.","type":"BadRequestError","code":400}"#
    ),
    blind(
      "vLLM, older", 400,
      #"{"object":"error","message":"m is not a multimodal model","type":"BadRequestError","param":null,"code":400}"#),
    blind(
      "llama.cpp", 500,
      #"{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}"#
    ),
    blind("LM Studio", 400, #"{"error":"Model does not support images. Please use a model that does."}"#),
    blind(
      "Groq", 400,
      #"{"error":{"message":"'messages.1' : for 'role:user' the following must be satisfied[('messages.1.content' : value must be a string)]","type":"invalid_request_error"}}"#
    ),
    blind(
      "FastAPI", 422,
      #"{"detail":[{"type":"string_type","loc":["body","messages",1,"content"],"msg":"Input should be a valid string"}]}"#
    ),
    blind(
      "DeepSeek", 400,
      #"{"error":{"message":"Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected `text` at line 1 column 200","type":"invalid_request_error","code":"invalid_request_error"}}"#
    ),
    blind(
      "Gemini", 400,
      #"[{"error":{"code":400,"message":"Image input modality is not enabled for models/m","status":"INVALID_ARGUMENT"}}]"#
    ),
    blind(
      "Mistral", 400,
      #"{"object":"error","message":"Image input is not enabled for this model","type":"invalid_request_invalid_args","code":"3051"}"#
    ),
    blind(
      "serve-large", 400,
      #"{"error":{"message":"this model does not support image input; it reads text","type":"invalid_request_error"}}"#),
  ]

  private static func blind(_ name: String, _ status: Int, _ body: String) -> OddReply {
    OddReply("blind: \(name)") { _ in RawReply(body, status: status) }
  }

  /// What servers answer to a picture that they cannot read: it is the sample's.
  public static let badPictures: [OddReply] = [
    badPicture(
      "OpenAI", 400,
      #"{"error":{"message":"You uploaded an unsupported image. Please make sure your image is valid.","type":"invalid_request_error","param":null,"code":"invalid_image_format"}}"#
    ),
    badPicture(
      "OpenAI, parse", 400,
      #"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":"image_parse_error"}}"#),
    badPicture(
      "Anthropic", 400,
      #"{"type":"error","error":{"type":"invalid_request_error","message":"Could not process image"}}"#),
    badPicture(
      "vLLM", 400,
      #"{"object":"error","message":"cannot identify image file <_io.BytesIO object at 0x7f>","type":"BadRequestError","code":400}"#
    ),
    badPicture(
      "llama.cpp", 500, #"{"error":{"code":500,"message":"Failed to load image or audio file","type":"server_error"}}"#),
    badPicture(
      "Gemini", 400, #"[{"error":{"code":400,"message":"Unable to process input image.","status":"INVALID_ARGUMENT"}}]"#
    ),
    badPicture("Bedrock", 400, #"{"message":"messages.0.content.1.image.source.base64: image exceeds 5 MB maximum"}"#),
  ]

  private static func badPicture(_ name: String, _ status: Int, _ body: String) -> OddReply {
    OddReply("bad picture: \(name)") { _ in RawReply(body, status: status) }
  }

  private static func good(_ name: String, _ body: @escaping @Sendable (SaidAnswer) -> String) -> OddReply {
    OddReply(name, isGood: true) { RawReply(body($0)) }
  }

  private static func words(_ name: String, _ content: @escaping @Sendable (SaidAnswer) -> String) -> OddReply {
    good(name) { $0.envelope(content: SaidAnswer.quoted(content($0)), logprobs: "null") }
  }

  private static func failure(_ name: String, _ body: @escaping @Sendable (SaidAnswer) -> String) -> OddReply {
    OddReply(name) { RawReply(body($0)) }
  }

  private static func status(_ status: Int, headers: [String: String] = [:], name: String? = nil) -> OddReply {
    OddReply(name ?? "\(status)") { _ in
      RawReply(#"{"error": {"message": "to order", "type": "practice"}}"#, status: status, headers: headers)
    }
  }

  /// What every request has, or needs, is refused: a task holds until that changes, so these take time.
  public static let refusals: [OddReply] =
    [400, 401, 403, 404, 422].map { status($0) } + [
      OddReply("unsupported parameter") { _ in
        RawReply(
          """
          {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model.", \
          "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter"}}
          """, status: 400)
      },
      OddReply("307 to nowhere") { _ in RawReply("", status: 307, headers: ["location": "http://127.0.0.1:9/v1"]) },
      OddReply("302 to a login") { _ in RawReply("", status: 302, headers: ["location": "/login"]) },
    ]
}
