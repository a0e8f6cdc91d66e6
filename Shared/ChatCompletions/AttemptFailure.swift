import JSON
import LargeModelFlow

/// Why one attempt gave no answer.
enum AttemptFailure: Error, Equatable {
  /// No connection, or it broke.
  case connection(String)
  /// One of the time limits ran out.
  case timedOut(String)
  /// A status that is no success, whether HTTP's or one inside a reply, and what the server says of it: its name for the
  /// failure, its own words, and whether it says that asking again helps.
  case status(Int, retryAfter: Duration?, code: String?, message: String, shouldRetry: Bool? = nil)
  /// Not the JSON that it should be.
  case unreadable(String)
  /// More bytes than allowed.
  case tooLarge(Int)
  /// An answer that is no candidate.
  case outsideLabels(String)
  /// An answer that is no caption: why not, and what was written.
  case noCaption(String, because: String)
  /// The model would not answer.
  case refused(String)
  /// The model had no tokens left before it answered, such as after reasoning; so many it may use.
  case cutShort(tokens: Int)

  /// In words, for the log and the sample's rejection, with the remedy where it is the operator's to mend.
  var reason: String {
    switch self {
    case .connection(let text): "connection: \(text)"
    case .timedOut(let text): "timeout: \(text)"
    case .status(let status, _, _, let message, _):
      "HTTP \(status): \(message.isEmpty ? "the server says nothing of it" : Self.quoted(message))"
        + (remedy.map { "; \($0)" } ?? "")
    case .unreadable(let text): "unreadable answer: \(text)"
    case .tooLarge(let limit): "the answer has more than \(limit) bytes; see maximum_response_bytes"
    case .outsideLabels(let text): "the answer is no candidate: \(Self.quoted(text))"
    case .noCaption(let text, let lack): "the answer is no caption, because \(lack): \(Self.quoted(text))"
    case .refused(let text): "the model refuses: \(Self.quoted(text))"
    case .cutShort(let tokens):
      "the answer is cut short (finish_reason length): the model used its \(tokens) tokens, perhaps for reasoning; "
        + "raise large_model.chat_completions.max_tokens"
    }
  }

  /// Equal for equal faults, without what is one sample's own.
  var kind: String {
    switch self {
    case .connection: "no connection"
    case .timedOut: "timeout"
    case .status(let status, _, let code, _, _): code.map { "HTTP \(status) \($0)" } ?? "HTTP \(status)"
    case .unreadable: "unreadable answer"
    case .tooLarge: "answer too large"
    case .outsideLabels: "answer is no candidate"
    case .noCaption: "answer is no caption"
    case .refused: "refusal"
    case .cutShort: "answer cut short (finish_reason length)"
    }
  }

  /// Whether asking the same again at once may help.
  var isRetriable: Bool {
    switch self {
    case .status(let status, _, _, _, let shouldRetry):
      shouldRetry ?? (outcome == .refusal || RetryPolicy.isRetriable(status: status) || isRateLimit)
    case .tooLarge, .cutShort: false
    default: true
    }
  }

  /// Whether the server should be given time before it is asked again; a healthy one that answered badly need not.
  var needsBackoff: Bool {
    switch self {
    case .outsideLabels, .noCaption, .refused, .cutShort: false
    default: true
    }
  }

  /// What it says of the endpoint's health. A rate limit is no illness; a refused key, quota or model is one that
  /// every sample would meet.
  var outcome: CircuitBreaker.Outcome {
    switch self {
    case .connection, .timedOut, .unreadable: .failure
    case .status where isRateLimit: .success
    case .status(let status, _, _, _, _):
      switch judgement.blame {
      case .world: (500...599).contains(status) ? .failure : .refusal
      case .likelyWorld: status == 400 || status == 422 ? .success : .failure
      case .unclear, .likelySample, .sample: .success
      }
    case .tooLarge, .outsideLabels, .noCaption, .refused, .cutShort: .success
    }
  }

  /// What the server asked for.
  var retryAfter: Duration? {
    if case .status(_, let retryAfter, _, _, _) = self { retryAfter } else { nil }
  }

  /// The same, or that the model had no tokens left where that is why its answer is none.
  func afterCutting(_ reply: ChatReply, maximumTokens: Int) -> AttemptFailure {
    guard reply.finishReason == "length" else { return self }
    if case .noCaption = self { return .cutShort(tokens: maximumTokens) }
    guard case .outsideLabels(let text) = self else { return self }
    // One token that is asked for alone is always the last; blank is what stands behind thoughts that do not end.
    let isAsked = maximumTokens == 1 && !text.isBlank
    return isAsked ? self : .cutShort(tokens: maximumTokens)
  }

  private var isRateLimit: Bool { judgement.cause == .rateLimit }

  /// A stranger's words, short and on one line.
  private static func quoted(_ text: String) -> String {
    let line = text.cut(toBytes: 2_000).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "\"\(line.cut(toBytes: 300))\""
  }
}
