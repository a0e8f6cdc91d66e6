import LargeModel

/// Whose fault a failure is: the table of docs/reliability.md.
extension AttemptFailure {
  typealias Judgement = (blame: LargeModelError.Blame, cause: LargeModelError.Cause)

  /// Whose fault it is as far as it can tell by itself, and what stands in the way.
  var judgement: Judgement {
    switch self {
    case .connection, .timedOut, .unreadable: (.likelyWorld, .server)
    case .tooLarge, .outsideLabels, .noCaption, .cutShort: (.unclear, .answer)
    case .refused: (.likelySample, .answer)
    case .status(let status, _, let code, let message, _):
      Self.judgement(onImages: message.lowercased()) ?? Self.judgement(named: code)
        ?? Self.judgement(status, saying: message)
    }
  }

  /// Whether the server says that it does not take a field of the request.
  func refuses(_ field: String) -> Bool {
    guard case .status(let status, _, _, let message, _) = self, status == 400 || status == 422 else { return false }
    return judgement == (.likelyWorld, .request) && message.contains(field)
  }

  /// What to change where the operator can.
  var remedy: String? {
    guard case .status(let status, _, _, let message, _) = self else { return nil }
    switch judgement.cause {
    case .rateLimit, .answer, .model, .server, .images: return nil
    case .quota: return "the account needs money or a larger quota"
    case .credentials: return "see large_model.chat_completions.api_key_variable, and what the key may do"
    case .redirect:
      return "redirects are not followed, for they could carry the key to a stranger: name the address that it points "
        + "to in large_model.chat_completions.endpoints"
    case .request:
      if Self.isBlind(message.lowercased()) {
        return "the model does not read images: see large_model.chat_completions.model and reads"
      }
      if let setting = Self.settings.first(where: { message.contains($0.word) })?.setting {
        return "see large_model.chat_completions.\(setting)"
      }
      return status == 404 || status == 405 ? "see large_model.chat_completions.endpoints and model" : nil
    }
  }

  /// What servers say of images counts whatever their status: some answer 404 or 500. That a model does not see is every
  /// sample's failure, and that a picture cannot be read is its own.
  private static func judgement(onImages message: String) -> Judgement? {
    if isBlind(message) { return (.world, .request) }
    return badImages.contains(where: message.contains) ? (.likelySample, .request) : nil
  }

  /// Whether a server says that its model reads no images: in words, or by refusing the form that they come in.
  private static func isBlind(_ message: String) -> Bool {
    blind.contains(where: message.contains)
      || message.contains("image_url") && unknownParts.contains(where: message.contains)
      || message.contains("content") && textsOnly.contains(where: message.contains)
  }

  private static let blind = [
    "support image", "support images", "image input is not", "image inputs are not", "images are not supported",
    "image input modality is not", "no image support", "at most 0 image", "not a multimodal", "support multimodal",
    "multimodal is not", "support vision", "not a vision model", "vision is not", "mmproj",
  ]
  private static let unknownParts = [
    "unknown variant", "only supported by", "not supported", "unsupported", "not allowed", "invalid content type",
    "unknown content", "unrecognized", "expected `text`",
  ]
  private static let textsOnly = ["must be a string", "should be a valid string", "expected a string"]
  private static let badImages = [
    "cannot identify image", "could not process image", "unable to process input image", "unsupported image",
    "invalid image", "decode image", "load image", "image exceeds", "image dimensions exceed", "image is too",
    "image too large", "image too small", "not a valid image",
  ]

  /// The server's name for the failure says more than its status.
  private static func judgement(named code: String?) -> Judgement? {
    switch code?.lowercased() {
    case "context_length_exceeded", "string_above_max_length", "prompt_too_long", "request_too_large":
      (.likelySample, .request)
    case "invalid_image", "invalid_image_format", "invalid_image_url", "invalid_base64_image", "image_parse_error",
      "image_too_large", "image_too_small", "image_file_too_large", "empty_image_file", "unsupported_image_media_type":
      (.likelySample, .request)
    case "content_filter", "content_policy_violation", "image_content_policy_violation", "responsibleaipolicyviolation",
      "invalid_prompt",
      "moderation_blocked":
      (.likelySample, .answer)
    case "rate_limit_exceeded", "rate_limit_error", "resource_exhausted", "throttlingexception":
      (.world, .rateLimit)
    case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits":
      (.world, .quota)
    case "invalid_api_key", "authentication_error", "account_deactivated": (.world, .credentials)
    case "model_not_found", "deploymentnotfound": (.world, .request)
    case "unsupported_parameter", "unsupported_value", "unknown_parameter", "missing_required_parameter",
      "invalid_json_schema":
      (.likelyWorld, .request)
    default: nil
    }
  }

  private static func judgement(_ status: Int, saying message: String) -> Judgement {
    switch status {
    case 300...399: (.world, .redirect)
    case 401, 407: (.world, .credentials)
    case 402: (.world, .quota)
    // A firewall or a moderation before the server may mean one sample by it.
    case 403: (.likelyWorld, .credentials)
    case 404, 405, 406, 410, 411, 415, 417, 421, 426, 428, 431: (.world, .request)
    case 408, 409, 412, 423, 424, 425, 440...449, 460...499: (.likelyWorld, .server)
    case 429: (.world, .rateLimit)
    case 400...499: ambiguous(saying: message.lowercased())
    case 501, 505: (.world, .request)
    default: (.likelyWorld, .server)
    }
  }

  /// 400, 413, 422 and the like: one sample's fault, or every request's; the words tell.
  private static func ambiguous(saying message: String) -> Judgement {
    if tooLong.contains(where: message.contains) { return (.likelySample, .request) }
    if unwanted.contains(where: message.contains) { return (.likelySample, .answer) }
    if everybodys.contains(where: message.contains) { return (.likelyWorld, .request) }
    return (.unclear, .request)
  }

  private static let tooLong = [
    "context length", "context window", "context size", "maximum context", "prompt is too long", "input is too long",
    "reduce the length", "too many tokens",
  ]
  private static let unwanted = ["content policy", "content management policy", "content filter", "flagged"]
  private static let everybodys = [
    "unsupported parameter", "unsupported value", "unrecognized request argument", "unknown parameter",
    "extra inputs are not permitted", "not supported with this model", "does not support", "is not supported",
    "response_format", "json_schema", "logprobs",
  ]

  /// A request's field in the server's words, and the setting that changes it.
  private static let settings: [(word: String, setting: String)] = [
    ("max_completion_tokens", "completion_limit (\"max_tokens\" or \"max_completion_tokens\") and max_tokens"),
    ("max_tokens", "completion_limit (\"max_tokens\" or \"max_completion_tokens\") and max_tokens"),
    ("temperature", "sends_temperature (false leaves it out) and temperature"),
    ("logprobs", "top_logprobs (0 leaves them out) and mode (\"json_schema\" needs none)"),
    ("response_format", "mode (\"token\" needs no schema)"), ("json_schema", "mode (\"token\" needs no schema)"),
    ("model", "model"),
  ]
}
