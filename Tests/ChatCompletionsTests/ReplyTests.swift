import Testing

@testable import ChatCompletions

/// Whole bodies as servers, gateways and proxies write them; the letter or the label is banana's.
@Suite("Replies")
struct ReplyTests {
  private static let lettered = WrittenAnswer(fruits, hasLetters: true)

  private static func read(_ body: String) throws -> ChatReply { try ChatReply(Array(body.utf8)) }

  private static func body(
    _ message: String, _ choice: String = #""finish_reason":"stop""#, rest: String = ""
  ) -> String { #"{"choices":[{"message":{\#(message)},\#(choice)}]\#(rest)}"# }

  @Test(
    "What is missing, null or of another type in the message costs only itself",
    arguments: [
      #""content":"B""#, #""content":"B","refusal":null"#, #""content":"B","refusal":"""#,
      #""content":"B","refusal":"none""#,
      #""content":"B","refusal":"None""#, #""content":"B","refusal":false"#, #""content":"B","refusal":[]"#,
      #""content":"B","refusal":{}"#, #""content":"B","refusal":"no refusal""#, #""content":"B","role":7"#,
      #""content":"B","tool_calls":null"#, #""content":"B","tool_calls":[]"#, #""content":"B","tool_calls":{}"#,
      #""content":"B","tool_calls":[{"function":{"arguments":"{}"}}]"#, #""content":"B","audio":1e400"#,
      #""content":"B","reasoning_content":"It is A.""#, #""content":"B","reasoning":null"#,
      #""content":"B","reasoning":[1]"#,
      #""content":["B"]"#, #""content":[{"type":"text","text":"B"}]"#, #""content":[{"text":"B"}]"#,
      #""content":[{"type":"output_text","text":"B","annotations":[]}]"#, #""content":{"type":"text","text":"B"}"#,
      #""content":[{"type":"text","text":{"value":"B"}}]"#, #""content":{"label":"banana"}"#,
      #""content":[{"type":"image_url","image_url":{"url":"A"}},{"type":"text","text":"B"},null,7,{"type":"new"}]"#,
      #""content":[{"type":"thinking","thinking":[{"type":"text","text":"A?"}]},{"type":"text","text":"B"}]"#,
      #""content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{\"label\":\"banana\"}"}}]"#,
      #""content":"","tool_calls":[{"function":{"arguments":{"label":"banana"}}}]"#,
      #""content":null,"function_call":{"name":"f","arguments":"{\"label\":\"B\"}"}"#,
      #""content":null,"parsed":{"label":"banana"}"#, #""content":"","reasoning_content":"B""#,
      #""content":null,"reasoning":"{\"label\":\"banana\"}""#, #""content":"\n\nB""#,
    ])
  func messages(message: String) throws {
    #expect(try Self.read(Self.body(message)).candidate(Self.lettered) == 1)
  }

  @Test(
    "The choice and the reply around it, likewise",
    arguments: [
      body(#""content":"B""#, #""finish_reason":1"#), body(#""content":"B""#, #""finish_reason":null"#),
      body(#""content":"B""#, #""finish_reason":{}"#), body(#""content":"B""#, #""finish_reason":["stop"]"#),
      body(#""content":"B""#, #""finish_reason":"length""#), body(#""content":"B""#, #""finish_reason":"STOP""#),
      body(#""content":"B""#, #""index":"0","logprobs":[],"error":null"#), body(#""content":"B""#, #""error":{}"#),
      body(#""content":"B""#, #""error":"""#), body(#""content":"B""#, #""error":false"#),
      body(#""content":"B""#, rest: #","error":null"#), body(#""content":"B""#, rest: #","error":{}"#),
      body(#""content":"B""#, rest: #","error":"""#), body(#""content":"B""#, rest: #","error":"none""#),
      body(#""content":"B""#, rest: #","error":{"code":0,"message":""}"#),
      body(#""content":"B""#, rest: #","error":{"code":200,"message":"OK"}"#),
      #"{"choices":[{"text":"B"}]}"#, #"{"choices":[{"text":" B","logprobs":null,"finish_reason":"length"}]}"#,
      #"{"choices":{"message":{"content":"B"}}}"#, #"{"choices":[{"delta":{"content":"B"}}]}"#,
      #"{"choices":[{"message":{"content":""}},{"message":{"content":"B"}}]}"#,
      #"{"choices":[{"message":null},{"message":{"content":"B"}}]}"#,
      #"{"choices":[null,{"message":{"content":"B"}}]}"#,
      #"{"choices":[{"error":{"message":"x","code":500}},{"message":{"content":"B"}}]}"#,
      #"{"output_text":"B"}"#, #"{"message":{"role":"assistant","content":"B"},"done":true}"#, #"{"text":"B"}"#,
      #"{"output":[{"type":"reasoning","summary":[]},{"type":"message","content":[{"type":"output_text","text":"B"}]}],"text":{"format":{}}}"#,
      #"{"type":"message","content":[{"type":"text","text":"B"}],"stop_reason":"end_turn"}"#,
      "\u{FEFF}" + body(#""content":"B""#), "\r\n\n  " + body(#""content":"B""#) + "\n\n",
      body(#""content":"B""#, #""n":[18446744073709551616,1e400,-Infinity,NaN,Infinity]"#),
      body(#""content":"B","name":"\ud83d""#),
      "data: " + body(#""content":"B""#) + "\n\ndata: [DONE]\n\n",
      """
      : keep-alive

      event: message
      data: {"choices":[{"delta":{"role":"assistant","content":""}}]}

      data:{"choices":[{"delta":{"content":"{\\"label\\":"}}]}\r
      \r
      data: {"choices":[{"delta":{"content":" \\"banana\\"}"},"finish_reason":null}]}

      data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

      data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":3}}

      data: [DONE]
      """,
    ])
  func envelopes(body: String) throws {
    #expect(try Self.read(body).candidate(Self.lettered) == 1)
  }

  @Test("Bytes that are no UTF-8 cost the character that they stand for")
  func invalidUTF8() throws {
    let body =
      Array(#"{"id":""#.utf8) + [0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80]
      + Array(#"",\#(Self.body(#""content":"B""#).dropFirst())"#.utf8)
    #expect(try ChatReply(body).candidate(Self.lettered) == 1)
  }

  @Test(
    "Token counts are read in any type, and what no count can be is none",
    arguments: [
      (#"{"prompt_tokens":100,"completion_tokens":3}"#, 100, 3),
      (#"{"prompt_tokens":100.0,"completion_tokens":3.0}"#, 100, 3),
      (#"{"prompt_tokens":"100","completion_tokens":"3"}"#, 100, 3),
      (#"{"prompt_tokens":1e2,"completion_tokens":null}"#, 100, 0),
      (#"{"input_tokens":100,"output_tokens":3}"#, 100, 3), (#"{"prompt_tokens":100,"completion_tokens":-3}"#, 100, 0),
      (#"{"prompt_tokens":-5,"completion_tokens":3}"#, nil, nil),
      (#"{"prompt_tokens":18446744073709551616}"#, nil, nil),
      (#"{"prompt_tokens":9223372036854775807}"#, nil, nil), (#"{"prompt_tokens":1e400}"#, nil, nil),
      (#"{"prompt_tokens":NaN}"#, nil, nil), (#"{"prompt_tokens":"many"}"#, nil, nil),
      (#"{"prompt_tokens":[1]}"#, nil, nil),
      ("{}", nil, nil), ("null", nil, nil), ("[]", nil, nil), (#""free""#, nil, nil), ("7", nil, nil),
      ("true", nil, nil),
    ] as [(String, Int?, Int?)])
  func usage(usage: String, prompt: Int?, completion: Int?) throws {
    let reply = try Self.read(Self.body(#""content":"B""#, rest: #","usage":\#(usage)"#))
    #expect(reply.usage?.prompt == prompt && reply.usage?.completion == completion)
    #expect(try reply.candidate(Self.lettered) == 1)
  }

  @Test("The sum of what a server counts neither traps nor outgrows its column")
  func usageSum() {
    var usage = Usage(promptTokens: 10_000_000, completionTokens: 10_000_000)
    for _ in 0..<1_000 { usage += Usage(promptTokens: 10_000_000, completionTokens: 10_000_000) }
    #expect(usage.promptTokens == Int(Int32.max) && usage.completionTokens == Int(Int32.max))
  }

  @Test(
    "An error inside a success is the provider's own: its code and its words decide",
    arguments: [
      (#"{"error":{"message":"overloaded","code":502}}"#, 502, "overloaded"),
      (#"{"error":{"message":"slow down","code":"429"}}"#, 429, "slow down"),
      (#"{"error":{"message":"slow down","status":429},"choices":null}"#, 429, "slow down"),
      (#"{"error":"upstream died","choices":[]}"#, 500, "upstream died"), (#"{"error":503}"#, 503, ""),
      (#"{"error":{"message":"bad","type":"invalid_request_error"}}"#, 400, "bad"),
      (
        #"{"error":{"message":"Provider returned error","code":502},"choices":[{"message":{"content":"B"}}]}"#, 502,
        "Provider returned error"
      ),
      (#"{"choices":[{"error":{"message":"overloaded","code":529},"message":null}]}"#, 529, "overloaded"),
      (#"{"choices":[{"error":{"message":"overloaded"},"message":{"content":""}}]}"#, 500, "overloaded"),
      (#"{"choices":[{"finish_reason":"error","message":{"content":""}}]}"#, 500, "finish_reason"),
      (#"{"object":"error","message":"no such model","code":404}"#, 404, "no such model"),
      (#"{"object":"error","message":"went wrong","code":50001}"#, 500, "went wrong"),
      (#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, 500, "Overloaded"),
      (#"{"message":"API rate limit exceeded","code":429}"#, 429, "rate limit"),
      ("data: {\"error\":{\"message\":\"overloaded\",\"code\":502}}\n\n", 502, "overloaded"),
    ])
  func errors(body: String, status: Int, words: String) {
    #expect { try Self.read(body) } throws: { error in
      guard let reason = (error as? AttemptFailure)?.reason else { return false }
      return reason.hasPrefix("HTTP \(status)") && (words.isEmpty || reason.contains(words))
    }
  }

  @Test(
    "What is no chat completion is unreadable, and says what it says",
    arguments: [
      ("", ""), ("{", ""), ("[]", "choices"), ("null", "choices"), ("{}", "choices"), ("7", "choices"),
      ("\"B\"", "choices"),
      (#"{"choices":null}"#, "choices"), (#"{"choices":[]}"#, "choices"), (#"{"choices":[{}]}"#, "choices"),
      (#"{"choices":[{"message":{"content":1}}]}"#, "choices"), (#"{"detail":"Not yours"}"#, "Not yours"),
      ("<html>Checking your browser</html>", ""), ("data: [DONE]\n\n", "stream"),
    ])
  func unreadable(body: String, word: String) {
    #expect { try Self.read(body) } throws: {
      if case .unreadable(let reason)? = $0 as? AttemptFailure {
        !reason.isEmpty && (word.isEmpty || reason.contains(word))
      } else {
        false
      }
    }
  }

  @Test(
    "Nothing written is no answer, and says so by saying nothing",
    arguments: [
      body(#""content":"""#, #""finish_reason":"length""#), body(#""content":null"#, #""finish_reason":"length""#),
      body(#""content":null,"reasoning_content":"The text names it, so""#, #""finish_reason":"length""#),
      body(#""content":null,"reasoning_content":"B""#, #""finish_reason":"length""#),
      body(#""content":"<think>It is B""#, #""finish_reason":"length""#), body(#""content":"  \n""#),
      body(#""content":[]"#),
      body(#""content":null,"refusal":"none""#), body(#""content":null,"tool_calls":[]"#),
      body(#""content":"","reasoning":"It could be A or B.""#),
    ])
  func nothing(body: String) throws {
    let reply = try Self.read(body)
    #expect { try reply.candidate(Self.lettered) } throws: {
      guard case .outsideLabels(let text)? = $0 as? AttemptFailure else { return false }
      return AnswerText(text).isBlank
    }
  }

  @Test(
    "A refusal is one where nothing else is written",
    arguments: [
      body(#""content":null,"refusal":"I can't.""#), body(#""content":"","refusal":"I can't.""#),
      body(#""content":[{"type":"refusal","refusal":"I can't."}]"#),
      body(#""content":"""#, #""finish_reason":"content_filter""#),
      body(#""content":null"#, #""finish_reason":"SAFETY""#),
    ])
  func refusals(body: String) throws {
    let reply = try Self.read(body)
    #expect { try reply.candidate(Self.lettered) } throws: {
      if case .refused? = $0 as? AttemptFailure { true } else { false }
    }
  }
}
