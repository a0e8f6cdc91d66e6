import ChatCompletions
import Content
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
  ///   - reply: what the task answers with.
  ///   - labels: the task's, where it names them itself.
  ///   - isUsed: whether the task's kind is this; only then must endpoints and model be named.
  init(
    _ reader: SettingsReader, reply: Reply.Kind, labels: [String], descriptions: [String: String], isUsed: Bool
  ) {
    var model = ""
    let endpoints = Self.endpoints(reader)
    reader.read("model", &model, .text, help: "The model's name at the server.")
    client = ChatCompletionsSettings(endpoints: endpoints, model: model, reply: reply)
    reader.read(
      "api_key_variable", &keyVariable, .filledText, help: "The environment variable that holds the API key, if any.")
    headers = reader.map(
      "headers", isSecret: Self.soundsSecret,
      help: "Further headers by name; a value `$NAME` stands for the environment variable's.")
    client.descriptions = descriptions
    client.readInput(reader)
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
    var texts: [String] = []
    reader.read(
      "endpoints", &texts, .list,
      help: "Base addresses such as `https://api.openai.com/v1`; later ones are fallen over to, in their order.")
    return texts.compactMap { text in
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
  fileprivate mutating func readInput(_ reader: SettingsReader) {
    var names = reads.map(\.rawValue)
    reader.read(
      "reads", &names, .list,
      help:
        "What the model reads of a sample: `text`, `image`, or both. An image goes as an `image_url` part with a data "
        + "URL; samples without any of it are rejected.")
    reads = Set(names.compactMap(Input.Kind.init))
    if names.isEmpty || reads.count < names.count {
      reader.refuse("reads", because: "must be text, image or both, each once")
    }
    reader.read(
      "image_tokens", &imageTokens, .integer(in: Ranges.imageTokens),
      help: "Tokens that an image is taken to have, for limits and budgets, until the server has counted them; what an "
        + "answer costs is by the server's count.")
  }

  fileprivate mutating func readPrompt(_ reader: SettingsReader) {
    reader.read(
      "mode", &mode, .choice,
      help: "How a label comes back: `token`, one letter whose probabilities come from `top_logprobs`; `json_schema`, "
        + "structured output, whose confidence comes only from the agreement of `samples`.")
    reader.read(
      "system_text", &systemText, .text,
      help:
        "What the model is told first; what holds the answer to the labels, or to one sentence, is added. Unset, `You "
        + "classify texts.`, or pictures; for captions `You describe …`.")
    reader.read(
      "template", &template, .text,
      help:
        "The question. `{text}` is the fenced sample, `{candidates}` one line each, `{probabilities}` the small model's "
        + "lines (without it they stand beside the candidates), `{examples}` the examples' lines. For captions, unset "
        + "`{text}`; `{suggestion}` is the small model's caption (without it it stands below).")
    let examples = reader.map(
      "examples", isSecret: { _ in false }, help: "Texts with their label, shown where it is among the candidates.")
    self.examples = examples.sorted { $0.key < $1.key }.map { Example(text: $0.key, label: $0.value) }
    readAnswer(reader)
    extraBody = reader.object(
      "extra_body",
      help: "Further members of each request, such as `reasoning_effort`; ours have settings of their own.")
  }

  private mutating func readAnswer(_ reader: SettingsReader) {
    var (sendsTemperature, temperature) = (true, self.temperature ?? 0)
    reader.read("sends_temperature", &sendsTemperature, .flag, help: "False leaves the temperature to the server.")
    reader.read(
      "temperature", &temperature, .number(in: Ranges.temperature), help: "The server's sampling temperature.")
    self.temperature = sendsTemperature ? temperature : nil
    reader.read(
      "top_logprobs", &topLogprobs, .integer(in: Ranges.topLogprobs),
      help:
        "How many of the likeliest tokens are asked for, not 1; 0 for a server that gives none. More candidates than "
        + "this (20 where it is 0) are asked in rounds. Of a caption's tokens only their own probability is asked for, "
        + "unless this is 0.")
    reader.read(
      "samples", &samples, .integer(in: Ranges.samples),
      help: "How often one question is asked, for confidence by agreement; more than one needs a temperature above 0.")
    reader.read(
      "completion_limit", &completionLimit, .choice,
      help: "The name of the field that bounds the answer; where the server refuses it by name, the other one is sent.")
    reader.read(
      "max_tokens", &maximumTokens, .integer(in: 1...10_000_000),
      help:
        "The most tokens of an answer, those of its reasoning included; unset, as many as a label needs, or 96 for a caption."
    )
  }

  fileprivate mutating func readLimits(_ reader: SettingsReader) {
    reader.read(
      "concurrency", &concurrency, .integer(in: 1...10_000), help: "Requests in flight at once, of each worker.")
    reader.read(
      "maximum_response_bytes", &maximumResponseBytes, .bytes(in: 1_024...(1 << 30)),
      help: "An answer with more bytes is refused.")
    var (requests, tokens, burst) = (Double?.none, Double?.none, 0.1)
    reader.read(
      "requests_per_minute", &requests, .number(in: Ranges.perMinute), help: "Over all workers of the task.")
    reader.read("tokens_per_minute", &tokens, .number(in: Ranges.perMinute), help: "Over all workers of the task.")
    reader.read(
      "burst", &burst, .number(in: Ranges.burst), help: "The part of a minute's amount that may go at once.")
    requestsPerMinute = requests.map { TokenBucket.Limit(perMinute: $0, burst: burst) }
    tokensPerMinute = tokens.map { TokenBucket.Limit(perMinute: $0, burst: burst) }
    let section = reader.section("prices")
    section.read(
      "prompt", &prices.prompt, .number(in: 0...1e9), help: "US dollars for a million tokens that go in.")
    section.read(
      "completion", &prices.completion, .number(in: 0...1e9), help: "US dollars for a million tokens that come out.")
  }

  fileprivate mutating func readOutgoing(_ reader: SettingsReader) {
    reader.read(
      "api_key_header", &apiKeyHeader, .filledText,
      help: "The header that holds the key as it is, such as `api-key`; unset, `authorization` with `Bearer` before it."
    )
    reader.read(
      "allow_plain_http", &allowPlainHTTP, .list,
      help: "Machines other than this one that keys may be sent to over plain HTTP.")
  }

  fileprivate mutating func readTimes(_ reader: SettingsReader) {
    let (longest, section) = (Duration.seconds(86_400), reader.section("timeouts"))
    let timeout = SettingRule<Duration>.duration(in: .milliseconds(1)...longest)
    section.read("connect", &timeouts.connect, timeout, help: "Until a connection stands.")
    section.read("silence", &timeouts.silence, timeout, help: "With no byte coming: catches an answer that stalls.")
    section.read(
      "request", &timeouts.request, timeout,
      help: "For one HTTP request, from its first byte to the last of its answer.")
    section.read("answer", &timeouts.answer, timeout, help: "For a sample: waits, attempts and rounds together.")
    let retry = reader.section("retry")
    retry.read(
      "attempts", &self.retry.maximumAttempts, .integer(in: 1...1_000), help: "Attempts in all, the first one counted.")
    retry.read(
      "base", &self.retry.base, .duration(in: .zero...longest),
      help: "The ceiling of the delay after the first attempt; each further one doubles it.")
    retry.read("cap", &self.retry.cap, .duration(in: .zero...longest), help: "No ceiling is above it.")
    readBreaker(reader.section("circuit_breaker"), longest)
  }

  private mutating func readBreaker(_ reader: SettingsReader, _ longest: Duration) {
    reader.read("window", &breaker.window, .integer(in: 1...100_000), help: "So many of the latest outcomes count.")
    reader.read("minimum", &breaker.minimum, .integer(in: 1...100_000), help: "It opens on no fewer outcomes.")
    if breaker.minimum > breaker.window {
      reader.refuse(
        "minimum", because: "\(breaker.minimum) is more than window \(breaker.window), so it would never open; lower it"
      )
    }
    reader.read(
      "failure_share", &breaker.failureShare, .number(in: 0.01...1),
      help: "The part of failures at or above which an endpoint is left alone.")
    reader.read(
      "pause", &breaker.pause, .duration(in: .milliseconds(1)...longest), help: "How long it is left alone.")
  }
}
