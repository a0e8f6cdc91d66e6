import ChatCompletions
import Foundation
import LargeModelFlow
import Settings

/// Section `large_model.chat_completions` of a task: the server that answers, and how it is asked.
public struct ChatServer: Sendable, Equatable {
  /// Everything but the key, which no file holds.
  public var client: ChatCompletionsSettings
  /// The environment variable that holds the API key; `nil` for a server that asks for none.
  public var keyVariable: String?
  /// Further headers by name; a value `$NAME` stands for the environment variable's.
  public var headers: [String: String]

  /// - Parameters:
  ///   - labels: the task's, where it names them itself.
  ///   - isUsed: whether the task's kind is this; only then must endpoints and model be named.
  init(_ reader: SettingsReader, labels: [String], descriptions: [String: String], isUsed: Bool) {
    client = ChatCompletionsSettings(endpoints: Self.endpoints(reader), model: reader.text("model") ?? "")
    keyVariable = reader.text("api_key_variable")
    headers = reader.map("headers", isSecret: Self.soundsSecret)
    client.descriptions = descriptions
    client.readPrompt(reader)
    client.readLimits(reader)
    client.readTimes(reader)
    client.readOutgoing(reader)
    guard isUsed else { return }
    do throws(ChatCompletionsError) {
      try labels.isEmpty ? client.validate() : client.validate(labels: labels)
      if keyVariable != nil || !headers.isEmpty { try client.validatePlainHTTP() }
      for (name, value) in headers where Self.soundsSecret(name) && !value.hasPrefix("$") {
        throw ChatCompletionsError("headers: \(name) sounds like a secret; write $NAME for an environment variable's")
      }
    } catch {
      reader.refuse("model", because: "the server cannot be asked like this: \(error.description)")
    }
  }

  private static func soundsSecret(_ header: String) -> Bool {
    SettingsReader.soundsSecret(header) || ["auth", "key", "cookie"].contains { header.lowercased().contains($0) }
  }

  private static func endpoints(_ reader: SettingsReader) -> [URL] {
    reader.list("endpoints").compactMap { text in
      if let url = URL(string: text) { return url }
      reader.refuse("endpoints", because: "\"\(text)\" is no address; name one such as https://api.openai.com/v1")
      return nil
    }
  }

  /// The settings with their key, headers, proxies and certificate authorities.
  /// - Throws: `ChatCompletionsError` naming the variable that holds none.
  func settings(environment: [String: String]) throws(ChatCompletionsError) -> ChatCompletionsSettings {
    var settings = client
    if let keyVariable { settings.apiKey = try APIKey(variable: keyVariable, of: environment) }
    for (name, text) in headers {
      let variable = text.hasPrefix("$") ? text.trimmingCharacters(in: ["$", "{", "}"]) : nil
      let value = variable.map { environment[$0] ?? "" } ?? text
      guard let field = APIKey(field: value) else {
        throw ChatCompletionsError(
          "headers: \(name): \(variable.map { "the environment variable \($0) is not set or" } ?? "its value") "
            + "cannot stand in an HTTP header")
      }
      settings.headers[name] = field
    }
    settings.network = try OutgoingNetwork(environment: environment)
    return settings
  }
}

extension ChatCompletionsSettings {
  fileprivate mutating func readPrompt(_ reader: SettingsReader) {
    mode = reader.choice("mode", default: mode)
    systemText = reader.text("system_text", default: systemText)
    template = reader.text("template", default: template)
    let examples = reader.map("examples", isSecret: { _ in false })
    self.examples = examples.sorted { $0.key < $1.key }.map { Example(text: $0.key, label: $0.value) }
    temperature =
      reader.flag("sends_temperature", default: true)
      ? reader.number("temperature", default: temperature ?? 0, in: 0...2) : nil
    topLogprobs = reader.integer("top_logprobs", default: topLogprobs, in: 0...20)
    samples = reader.integer("samples", default: samples, in: 1...100)
    completionLimit = reader.choice("completion_limit", default: completionLimit)
    maximumTokens = reader.integer("max_tokens", in: 1...10_000_000)
    extraBody = reader.object("extra_body")
  }

  fileprivate mutating func readLimits(_ reader: SettingsReader) {
    concurrency = reader.integer("concurrency", default: concurrency, in: 1...10_000)
    maximumResponseBytes = reader.byteSize(
      "maximum_response_bytes", default: maximumResponseBytes, in: 1_024...(1 << 30))
    let burst = reader.number("burst", default: 0.1, in: 0.0001...0.9999)
    let limit = { (key: String) in
      reader.number(key, in: 0.001...1e12).map { TokenBucket.Limit(perMinute: $0, burst: burst) }
    }
    requestsPerMinute = limit("requests_per_minute")
    tokensPerMinute = limit("tokens_per_minute")
    let prices = reader.section("prices")
    self.prices = Prices(
      prompt: prices.number("prompt", default: 0, in: 0...1e9),
      completion: prices.number("completion", default: 0, in: 0...1e9))
  }

  fileprivate mutating func readOutgoing(_ reader: SettingsReader) {
    apiKeyHeader = reader.text("api_key_header")
    allowPlainHTTP = reader.list("allow_plain_http")
  }

  fileprivate mutating func readTimes(_ reader: SettingsReader) {
    let (longest, section) = (Duration.seconds(86_400), reader.section("timeouts"))
    let timeout = { (key: String, value: Duration) in
      section.duration(key, default: value, in: .milliseconds(1)...longest)
    }
    timeouts = Timeouts(
      connect: timeout("connect", timeouts.connect), silence: timeout("silence", timeouts.silence),
      request: timeout("request", timeouts.request), answer: timeout("answer", timeouts.answer))
    let retry = reader.section("retry")
    self.retry = RetryPolicy(
      maximumAttempts: retry.integer("attempts", default: self.retry.maximumAttempts, in: 1...1_000),
      base: retry.duration("base", default: self.retry.base, in: .zero...longest),
      cap: retry.duration("cap", default: self.retry.cap, in: .zero...longest))
    let circuit = reader.section("circuit_breaker")
    breaker = CircuitBreaker.Settings(
      window: circuit.integer("window", default: breaker.window, in: 1...100_000),
      minimum: circuit.integer("minimum", default: breaker.minimum, in: 1...100_000),
      failureShare: circuit.number("failure_share", default: breaker.failureShare, in: 0.01...1),
      pause: circuit.duration("pause", default: breaker.pause, in: .milliseconds(1)...longest))
  }
}
