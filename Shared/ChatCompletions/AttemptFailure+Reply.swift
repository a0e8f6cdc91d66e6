import JSON

/// Failures that stand in a reply whose status is a success: what the provider behind a gateway says decides.
extension AttemptFailure {
  /// The failure of a member `error`; `nil` where it is missing, or says nothing.
  init?(inside error: JSONValue?) {
    guard let error else { return nil }
    let said = ServerError(error)
    let status = Self.status(error)
    let isEmpty = said.code == nil && Self.nothings.contains(AnswerText(said.message).folded)
    guard status != nil || !isEmpty else { return nil }
    let isRequest = said.code?.contains("invalid_request") == true
    self = .status(status ?? (isRequest ? 400 : 500), retryAfter: nil, code: said.code, message: said.message)
  }

  /// The failure of a choice.
  init?(choice: JSONValue) {
    if let failure = AttemptFailure(inside: choice["error"]) {
      self = failure
    } else if choice["finish_reason"]?.string?.lowercased() == "error" {
      self = .status(500, retryAfter: nil, code: nil, message: "the reply's finish_reason is error")
    } else {
      return nil
    }
  }

  /// What a reply without a choice says instead, such as FastAPI's `detail` or vLLM's old `{"object": "error"}`.
  init(insteadOfChoices json: JSONValue) {
    let said = ServerError(json)
    if let status = Self.status(json) {
      self = .status(status, retryAfter: nil, code: said.code, message: said.message)
    } else if json["object"]?.string == "error", let failure = AttemptFailure(inside: json) {
      self = failure
    } else {
      self = .unreadable(
        "field \"choices\" is missing or has no message" + (said.message.isEmpty ? "" : "; it says \(said.message)"))
    }
  }

  /// Words that say that there is no error.
  private static let nothings: Set = ["", "none", "null", "false", "ok", "success", "no error"]

  /// The status that a member names as a number.
  private static func status(_ json: JSONValue) -> Int? {
    let keys: [StaticString] = ["code", "status", "status_code", "http_code"]
    return ([json] + keys.compactMap { json[$0] }).lazy.compactMap { value in
      value.integer.map { Int($0) } ?? value.string.flatMap { Int($0) }
    }.first { 400...599 ~= $0 }
  }
}
