import JSON

/// What stands in one choice, in the layouts that are about: a message, a stream's delta, the text of the old
/// completions, or a server's own reply without choices.
extension ChatReply {
  init(choice: JSONValue) {
    self.init()
    let message = choice["message"] ?? choice["delta"] ?? choice
    let parts = MessageParts(message["content"] ?? message["output_text"] ?? message["output"] ?? choice["text"])
    content = Self.firstWritten([
      parts.text, message["parsed"].flatMap(Self.object), Self.calls(message),
      message["function_call"]?["arguments"].flatMap(Self.argument),
    ])
    reasoning = message["reasoning_content"]?.string ?? message["reasoning"]?.string
    refusal = Self.refusal(message["refusal"]?.string ?? parts.refusal)
    let reason = choice["finish_reason"]?.string ?? choice["stop_reason"]?.string ?? choice["done_reason"]?.string
    finishReason = reason.map { Self.finishes[$0.lowercased()] ?? $0.lowercased() }
    positions = Self.positions(choice["logprobs"] ?? message["logprobs"])
  }

  /// Other servers' words for OpenAI's.
  private static let finishes = [
    "max_tokens": "length", "max_output_tokens": "length", "safety": "content_filter",
    "prohibited_content": "content_filter", "blocklist": "content_filter", "recitation": "content_filter",
  ]

  /// The first text with something in it, else the first there is.
  private static func firstWritten(_ texts: [String?]) -> String? {
    let texts = texts.compactMap(\.self)
    return texts.first { !AnswerText($0).isBlank } ?? texts.first
  }

  /// Words that servers put where there is no refusal.
  private static let noRefusals: Set = ["", "none", "null", "nil", "false", "n/a", "[]", "{}"]

  private static func refusal(_ text: String?) -> String? {
    text.flatMap { noRefusals.contains(AnswerText($0).folded) ? nil : $0 }
  }

  private static func calls(_ message: JSONValue) -> String? {
    var arguments: [String] = []
    message["tool_calls"]?.forEachElement { call in
      if let text = (call["function"]?["arguments"] ?? call["arguments"]).flatMap(argument) { arguments.append(text) }
    }
    return arguments.isEmpty ? nil : arguments.joined(separator: "\n")
  }

  private static func argument(_ value: JSONValue) -> String? { value.string ?? object(value) }

  /// An object with a label, written out again.
  private static func object(_ value: JSONValue) -> String? { value["label"]?.string.map(StructuredAnswer.written) }

  /// What stands in a message's content.
  private struct MessageParts {
    var text: String?
    var refusal: String?

    init(_ value: JSONValue?) { value.map { read($0, isInside: false) } }

    private mutating func read(_ value: JSONValue, isInside: Bool) {
      if let string = value.string { return append(string) }
      value.forEachElement { read($0, isInside: true) }
      guard value.isObject else { return }
      if let object = ChatReply.object(value) { return append(object) }
      switch value["type"]?.string {
      case "refusal": refusal = value["refusal"]?.string ?? refusal
      case "message": value["content"].map { read($0, isInside: true) }
      case "text", "output_text", nil: (value["text"]?["value"] ?? value["text"])?.string.map { append($0) }
      default: break
      }
    }

    private mutating func append(_ string: String) { text = (text ?? "") + string }
  }
}

/// Log-probabilities: OpenAI's layout, its fields as others fill them, and the old completions' one.
extension ChatReply {
  fileprivate static func positions(_ logprobs: JSONValue?) -> [Position] {
    guard let logprobs else { return [] }
    if let tokens = logprobs["tokens"] { return oldPositions(tokens, logprobs) }
    var positions: [Position] = []
    (logprobs["content"] ?? logprobs).forEachElement { element in
      position(element["token"]?.string, element["logprob"]?.double, element["top_logprobs"]).map {
        positions.append($0)
      }
    }
    return positions
  }

  private static func oldPositions(_ tokens: JSONValue, _ logprobs: JSONValue) -> [Position] {
    var (own, tops) = ([Double?](), [JSONValue]())
    logprobs["token_logprobs"]?.forEachElement { own.append($0.double) }
    logprobs["top_logprobs"]?.forEachElement { tops.append($0) }
    var positions: [Position] = []
    tokens.forEachElement { token in
      let place = positions.count
      positions.append(
        position(
          token.string ?? "", place < own.count ? own[place] : nil, place < tops.count ? tops[place] : nil)
          ?? Position(text: token.string ?? "", logprob: nil, likeliest: []))
    }
    return positions
  }

  private static func position(_ text: String?, _ logprob: Double?, _ top: JSONValue?) -> Position? {
    var tokens: [Token] = []
    top?.forEachElement { element in
      if let text = element["token"]?.string, let logprob = element["logprob"]?.double {
        tokens.append(Token(text: text, logprob: logprob))
      }
    }
    top?.forEachMember { text, value in value.double.map { tokens.append(Token(text: text, logprob: $0)) } }
    guard let text = text ?? tokens.first?.text else { return nil }
    // Some list the token that stands there with another space before it.
    let written = AnswerText(text).bare.folded
    let listed = tokens.first { AnswerText($0.text).bare.folded == written }
    if let logprob, listed == nil { tokens.append(Token(text: text, logprob: logprob)) }
    return Position(text: text, logprob: logprob ?? listed?.logprob, likeliest: tokens)
  }
}

/// The tokens that a server counted.
enum ReplyUsage {
  /// Above this a count is a mistake: no model reads or writes so much at once.
  private static let most = 10_000_000.0

  /// - Returns: `nil` where it names none that can be.
  static func tokens(_ json: JSONValue) -> (prompt: Int, completion: Int)? {
    guard let usage = json["usage"], let prompt = count(usage["prompt_tokens"] ?? usage["input_tokens"]) else {
      return nil
    }
    return (prompt, count(usage["completion_tokens"] ?? usage["output_tokens"]) ?? 0)
  }

  private static func count(_ value: JSONValue?) -> Int? {
    guard let number = value?.double ?? value?.string.flatMap({ Double($0) }), 0...most ~= number else { return nil }
    return Int(number)
  }
}
