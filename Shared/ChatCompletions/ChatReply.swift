import JSON

/// A server's answer as its JSON says it; nothing of it is trusted yet.
struct ChatReply: Equatable {
  /// One of the likeliest first tokens.
  struct Token: Equatable {
    let text: String
    let logprob: Double
  }

  /// What the model wrote.
  var content: String?
  /// Why it would not.
  var refusal: String?
  /// `stop`, `length`, `content_filter`, …
  var finishReason: String?
  /// The likeliest first tokens; `nil` where the server gives none.
  var tokens: [Token]?
  /// Tokens in and out; `nil` where the server names none.
  var usage: (prompt: Int, completion: Int)?

  /// Reads the first choice.
  init(_ bytes: [UInt8]) throws(AttemptFailure) {
    do {
      self = try bytes.withUnsafeBytes { try JSONParser().parse($0) { try ChatReply($0) } }
    } catch let error as JSONError {
      throw .unreadable(error.description)
    } catch {
      throw .unreadable("\(error)")
    }
  }

  private init(_ json: JSONValue) throws(JSONError) {
    var first: JSONValue?
    json["choices"]?.forEachElement { if first == nil { first = $0 } }
    guard let first, let message = first["message"] else {
      throw JSONError("field \"choices\" is missing or has no message")
    }
    content = try message.optionalString("content")
    refusal = try message.optionalString("refusal")
    finishReason = try first.optionalString("finish_reason")
    tokens = Self.tokens(first)
    if let usage = json["usage"],
      let prompt = try usage.optionalInteger("prompt_tokens").flatMap({ Int(exactly: $0) }), prompt >= 0
    {
      let completion = try usage.optionalInteger("completion_tokens").flatMap { Int(exactly: $0) } ?? 0
      self.usage = (prompt, max(0, completion))
    }
  }

  private static func tokens(_ choice: JSONValue) -> [Token]? {
    var first: JSONValue?
    choice["logprobs"]?["content"]?.forEachElement { if first == nil { first = $0 } }
    guard let top = first?["top_logprobs"] else { return nil }
    var tokens: [Token] = []
    top.forEachElement { element in
      if let text = element["token"]?.string, let logprob = element["logprob"]?.double {
        tokens.append(Token(text: text, logprob: logprob))
      }
    }
    return tokens.isEmpty ? nil : tokens
  }

  static func == (left: Self, right: Self) -> Bool {
    left.content == right.content && left.refusal == right.refusal && left.finishReason == right.finishReason
      && left.tokens == right.tokens && left.usage?.prompt == right.usage?.prompt
      && left.usage?.completion == right.usage?.completion
  }
}

extension ChatReply {
  /// What the model wrote, where it wrote something.
  func written() throws(AttemptFailure) -> String {
    if let refusal { throw .refused(refusal) }
    if finishReason == "content_filter" { throw .refused("the server's content filter stopped the answer") }
    guard let content else { throw .outsideLabels("(nothing)") }
    return content
  }
}
