import Crypto
import Foundation

extension ChatCompletionsSettings {
  /// Refuses settings that contradict themselves.
  /// - Throws: `ChatCompletionsError` naming the key, its value and the remedy.
  public func validate() throws(ChatCompletionsError) {
    try validateEndpoints()
    try validateHeaders()
    try validateExtraBody()
    try validateTemplate()
    try validateNumbers()
  }

  /// Refuses settings that contradict themselves or the task.
  /// - Parameter labels: the task's; none where it answers with captions.
  /// - Throws: `ChatCompletionsError` naming the key, its value and the remedy.
  public func validate(labels: [String]) throws(ChatCompletionsError) {
    guard reply == .label else {
      guard labels.isEmpty else { throw ChatCompletionsError("labels: a task that answers with captions has none") }
      return try validate()
    }
    guard !labels.isEmpty, Set(labels).count == labels.count else {
      throw ChatCompletionsError("labels: a task needs at least one, and each only once")
    }
    try validate()
    try validateLabels(Set(labels))
  }

  private func validateEndpoints() throws(ChatCompletionsError) {
    guard !endpoints.isEmpty else {
      throw ChatCompletionsError("endpoints: there is none; name one such as https://api.openai.com/v1")
    }
    for endpoint in endpoints {
      guard ["http", "https"].contains(endpoint.scheme), endpoint.host?.isEmpty == false else {
        throw ChatCompletionsError("endpoints: \"\(endpoint)\" is no http or https address")
      }
      guard endpoint.user == nil, endpoint.password == nil else {
        throw ChatCompletionsError("endpoints: the address at \(endpoint.host ?? "") has a password; use the API key")
      }
    }
    guard !model.isEmpty else { throw ChatCompletionsError("model: it is empty; name the model at the server") }
  }

  private static let ownHeaders: Set = [
    "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
    "te", "trailer", "transfer-encoding", "upgrade",
  ]

  private func validateHeaders() throws(ChatCompletionsError) {
    for (setting, name) in headers.keys.sorted().map({ ("headers", $0) })
      + [apiKeyHeader].compactMap(\.self).map({ ("api_key_header", $0) })
    {
      // RFC 9110's token.
      let isToken =
        !name.isEmpty
        && name.utf8.allSatisfy { byte in
          UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= (byte | 0x20)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      guard isToken else { throw ChatCompletionsError("\(setting): \"\(name)\" is no header's name") }
      guard !Self.ownHeaders.contains(name.lowercased()) else {
        throw ChatCompletionsError("\(setting): \(name) is the client's own to send")
      }
    }
    let keyHeader = (apiKeyHeader ?? "authorization").lowercased()
    guard apiKey == nil || !headers.keys.contains(where: { $0.lowercased() == keyHeader }) else {
      throw ChatCompletionsError("headers: \(keyHeader) holds the API key already; see api_key_header")
    }
    guard Set(headers.keys.map { $0.lowercased() }).count == headers.count else {
      throw ChatCompletionsError("headers: a name stands there twice")
    }
    if apiKey != nil || !headers.isEmpty { try validatePlainHTTP() }
  }

  /// Refuses to send a key where others on the way can read it.
  public func validatePlainHTTP() throws(ChatCompletionsError) {
    for endpoint in endpoints where endpoint.scheme == "http" {
      let host = endpoint.host ?? ""
      let isAllowed =
        NumericAddress.isLoopback(host) || allowPlainHTTP.contains { $0.lowercased() == host.lowercased() }
      if isAllowed { continue }
      throw ChatCompletionsError(
        "endpoints: a key or a header would be sent to \(host) over plain http, where others can read it; use https, "
          + "or name the host in allow_plain_http")
    }
  }

  private static let ownMembers = [
    "model": "model", "messages": "template", "max_tokens": "max_tokens", "max_completion_tokens": "max_tokens",
    "temperature": "temperature", "logprobs": "top_logprobs", "top_logprobs": "top_logprobs",
  ]

  private func validateExtraBody() throws(ChatCompletionsError) {
    for name in extraBody.keys.sorted() {
      if let setting = Self.ownMembers[name] {
        throw ChatCompletionsError("extra_body: \(name) has a setting of its own: \(setting)")
      }
      if ["stream", "n"].contains(name) {
        throw ChatCompletionsError("extra_body: \(name) would make answers that are not read")
      }
    }
  }

  private func validateTemplate() throws(ChatCompletionsError) {
    if reply == .caption { return try validateCaptionTemplate() }
    for placeholder in ["{text}", "{candidates}"] where !template.contains(placeholder) {
      throw ChatCompletionsError("template: \(placeholder) is missing; without it the model cannot answer")
    }
    guard examples.isEmpty || template.contains("{examples}") else {
      throw ChatCompletionsError("template: {examples} is missing, but there are \(examples.count) examples")
    }
  }

  /// What holds an answer to labels has nothing to hold a caption to.
  private func validateCaptionTemplate() throws(ChatCompletionsError) {
    guard template.contains("{text}") else {
      throw ChatCompletionsError("template: {text} is missing; without it the model does not know what to describe")
    }
    for placeholder in ["{candidates}", "{probabilities}", "{examples}"] where template.contains(placeholder) {
      throw ChatCompletionsError("template: \(placeholder) is of labels, and the task answers with captions; remove it")
    }
    guard mode == .token else {
      throw ChatCompletionsError(
        "mode: \(mode.rawValue) holds answers to labels, and the task answers with captions; remove it")
    }
    guard examples.isEmpty else {
      throw ChatCompletionsError("examples: they are of labels, and the task answers with captions; remove them")
    }
    guard samples == 1 else {
      throw ChatCompletionsError("samples: \(samples); captions hardly ever agree word by word, so one is asked for")
    }
  }

  private func validateLabels(_ labels: Set<String>) throws(ChatCompletionsError) {
    for example in examples where !labels.contains(example.label) {
      throw ChatCompletionsError("examples: \"\(example.label)\" is not one of the task's labels")
    }
    for label in descriptions.keys.sorted() where !labels.contains(label) {
      throw ChatCompletionsError("descriptions: \"\(label)\" is not one of the task's labels")
    }
  }

  /// What each number may be.
  public enum Ranges {
    package static let temperature = 0.0...2
    package static let topLogprobs = 0...20
    package static let samples = 1...100
    /// Of requests and of tokens.
    public static let perMinute = 0.001...1e12
    package static let imageTokens = 0...1_000_000
    package static let burst = 0.0001...0.9999
  }

  private func validateNumbers() throws(ChatCompletionsError) {
    if let temperature, !Ranges.temperature.contains(temperature) {
      throw ChatCompletionsError("temperature: \(temperature); it must be 0 to 2")
    }
    guard Ranges.topLogprobs.contains(topLogprobs), topLogprobs != 1 else {
      throw ChatCompletionsError("top_logprobs: \(topLogprobs); it must be 2 to 20, or 0 for a server that gives none")
    }
    guard Ranges.samples.contains(samples) else {
      throw ChatCompletionsError("samples: \(samples); it must be 1 to 100")
    }
    guard samples == 1 || temperature != 0 else {
      throw ChatCompletionsError("samples: \(samples) at temperature 0 would all agree; raise the temperature")
    }
    guard maximumTokens.map({ $0 >= 1 }) ?? true else {
      throw ChatCompletionsError("max_tokens: \(maximumTokens ?? 0); it must be at least 1")
    }
    guard retry.maximumAttempts >= 1, retry.base >= .zero, retry.cap >= .zero else {
      throw ChatCompletionsError("retry: there must be at least 1 attempt, and no delay below 0")
    }
    guard !reads.isEmpty else { throw ChatCompletionsError("reads: it is empty; name text, image or both") }
    guard Ranges.imageTokens.contains(imageTokens) else {
      throw ChatCompletionsError("image_tokens: \(imageTokens); it must be 0 to 1000000")
    }
    guard concurrency >= 1 else { throw ChatCompletionsError("concurrency: \(concurrency); it must be at least 1") }
    guard maximumResponseBytes >= 1 else {
      throw ChatCompletionsError("maximum_response_bytes: \(maximumResponseBytes); it must be at least 1")
    }
    for (name, limit) in [("requests_per_minute", requestsPerMinute), ("tokens_per_minute", tokensPerMinute)] {
      guard let limit else { continue }
      guard Ranges.perMinute.contains(limit.perMinute), Ranges.burst.contains(limit.burst) else {
        throw ChatCompletionsError("\(name): \(limit.perMinute) with a burst of \(limit.burst); it must be above 0")
      }
    }
    guard prices.prompt >= 0, prices.completion >= 0, prices.prompt.isFinite, prices.completion.isFinite else {
      throw ChatCompletionsError("prices: \(prices.prompt), \(prices.completion); they must be 0 or more")
    }
    let timeouts = [timeouts.connect, timeouts.silence, timeouts.request, timeouts.answer]
    guard timeouts.allSatisfy({ $0 > .zero }) else { throw ChatCompletionsError("timeouts: all must be above 0") }
  }

  /// Changes with everything that changes what is asked, besides text, candidates and probabilities: 16 hexadecimal
  /// digits.
  public var promptVersion: String {
    var fields = [
      Prompt.version, Prompt.task(self), template, mode.rawValue, "\(topLogprobs)", "\(samples)",
      temperature.map { "\($0)" } ?? "",
    ]
    for example in examples { fields += [example.text, example.label] }
    if reply == .caption { fields += ["reply", reply.rawValue] }
    if reads != [.text] { fields += ["reads"] + reads.map(\.rawValue).sorted() }
    if let maximumTokens { fields.append("max_tokens \(maximumTokens)") }
    for name in extraBody.keys.sorted() { fields += ["extra", name, extraBody[name] ?? ""] }
    for label in descriptions.keys.sorted() { fields += ["description", label, descriptions[label] ?? ""] }
    var hash = SHA256()
    for field in fields { hash.update(data: Data("\(field.utf8.count):\(field)".utf8)) }
    return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
