import JSON

/// A server's answer as its JSON says it; nothing of it is trusted yet.
///
/// Servers, gateways and proxies fill the envelope as they like. What is missing, null or of another type costs only
/// itself: the answer is taken wherever one stands.
struct ChatReply: Equatable {
  /// A token and its log-probability.
  struct Token: Equatable {
    let text: String
    let logprob: Double
  }

  /// A place in what was written: the token that stands there, and those that were likeliest to, itself among them.
  struct Position: Equatable {
    let text: String
    /// The token's own, where the server names it.
    let logprob: Double?
    let likeliest: [Token]
  }

  /// What the model wrote.
  var content: String?
  /// What it thought before, where the server tells it apart.
  var reasoning: String?
  /// Why it would not answer.
  var refusal: String?
  /// `stop`, `length`, `content_filter`, … in lower case.
  var finishReason: String?
  /// The tokens written, in their order; empty where the server gives no log-probabilities.
  var positions: [Position] = []
  /// Tokens in and out; `nil` where the server names none that can be.
  var usage: (prompt: Int, completion: Int)?

  /// Reads a reply's body: one JSON object, or its pieces as server-sent events.
  /// - Throws: `.unreadable` for what is no chat completion, or the failure that stands in it.
  init(_ bytes: [UInt8]) throws(AttemptFailure) {
    do {
      let parser = try JSONParser()
      guard let events = EventStream.events(in: bytes) else {
        self = try bytes.withUnsafeBytes { try parser.parse($0, ChatReply.init(whole:)) }
        return
      }
      self = try ChatReply(pieces: events.map { try $0.withUnsafeBytes { try parser.parse($0, Piece.init) } })
    } catch let failure as AttemptFailure {
      throw failure
    } catch let error as JSONError {
      throw .unreadable(error.description)
    } catch {
      throw .unreadable("\(error)")
    }
  }

  init() {}

  private init(whole json: JSONValue) throws {
    let piece = try Piece(json)
    // Servers without choices answer as one.
    let said = piece.choices.isEmpty ? [ChatReply(choice: json)] : piece.choices
    guard var reply = said.first(where: \.hasContent) ?? said.first(where: \.saysSomething) else {
      throw AttemptFailure(insteadOfChoices: json)
    }
    reply.usage = piece.usage
    self = reply
  }

  private init(pieces: [Piece]) throws(AttemptFailure) {
    let first = pieces.compactMap(\.choices.first)
    guard !first.isEmpty else { throw .unreadable("a stream of events without a choice") }
    for piece in first { append(piece) }
    usage = pieces.compactMap(\.usage).last
  }

  /// A reply, or one event of it.
  private struct Piece {
    var choices: [ChatReply] = []
    let usage: (prompt: Int, completion: Int)?

    init(_ json: JSONValue) throws(AttemptFailure) {
      if let failure = AttemptFailure(inside: json["error"]) { throw failure }
      usage = ReplyUsage.tokens(json)
      var all: [JSONValue] = []
      json["choices"]?.forEachElement { all.append($0) }
      if let one = json["choices"], one.isObject { all = [one] }
      choices = all.map { ChatReply(choice: $0) }
      if let failure = all.lazy.compactMap({ AttemptFailure(choice: $0) }).first, !choices.contains(where: \.hasContent)
      {
        throw failure
      }
    }
  }

  private mutating func append(_ piece: ChatReply) {
    content = [content, piece.content].compactMap(\.self).reduce(nil) { ($0 ?? "") + $1 }
    reasoning = [reasoning, piece.reasoning].compactMap(\.self).reduce(nil) { ($0 ?? "") + $1 }
    refusal = [refusal, piece.refusal].compactMap(\.self).reduce(nil) { ($0 ?? "") + $1 }
    finishReason = piece.finishReason ?? finishReason
    positions += piece.positions
  }

  private var hasContent: Bool { content.map { !AnswerText($0).isBlank } ?? false }

  private var saysSomething: Bool { content != nil || reasoning != nil || refusal != nil || finishReason != nil }

  static func == (left: Self, right: Self) -> Bool {
    left.content == right.content && left.reasoning == right.reasoning && left.refusal == right.refusal
      && left.finishReason == right.finishReason && left.positions == right.positions
      && left.usage?.prompt == right.usage?.prompt && left.usage?.completion == right.usage?.completion
  }
}

extension ChatReply {
  /// The candidate that the model wrote.
  /// - Throws: `.refused`; `.outsideLabels` with what is no candidate, empty where nothing is written.
  func candidate(_ answers: WrittenAnswer) throws(AttemptFailure) -> Int {
    if finishReason == "content_filter" { throw .refused("the server's content filter stopped the answer") }
    if hasContent, let content {
      guard let candidate = answers.candidate(of: content) else {
        throw .outsideLabels(Thoughts.removed(from: content))
      }
      return candidate
    }
    if let refusal { throw .refused(refusal) }
    // A server that was not told how thoughts end takes a whole answer for one.
    if finishReason != "length", let reasoning, let candidate = answers.candidate(ofWhole: reasoning) {
      return candidate
    }
    throw .outsideLabels("")
  }
}
