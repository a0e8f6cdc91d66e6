import Crypto
import Foundation

extension ChatCompletionsSettings {
  /// Refuses settings that contradict themselves.
  /// - Throws: `ChatCompletionsError` naming the key, its value and the remedy.
  public func validate() throws(ChatCompletionsError) {
    try validateEndpoints()
    try validateTemplate()
    try validateNumbers()
  }

  /// Refuses settings that contradict themselves or the task.
  /// - Throws: `ChatCompletionsError` naming the key, its value and the remedy.
  public func validate(labels: [String]) throws(ChatCompletionsError) {
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

  private func validateTemplate() throws(ChatCompletionsError) {
    for placeholder in ["{text}", "{candidates}"] where !template.contains(placeholder) {
      throw ChatCompletionsError("template: \(placeholder) is missing; without it the model cannot answer")
    }
    guard examples.isEmpty || template.contains("{examples}") else {
      throw ChatCompletionsError("template: {examples} is missing, but there are \(examples.count) examples")
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

  private func validateNumbers() throws(ChatCompletionsError) {
    if let temperature, !(0...2).contains(temperature) {
      throw ChatCompletionsError("temperature: \(temperature); it must be 0 to 2")
    }
    guard (0...20).contains(topLogprobs), topLogprobs != 1 else {
      throw ChatCompletionsError("top_logprobs: \(topLogprobs); it must be 2 to 20, or 0 for a server that gives none")
    }
    guard (1...100).contains(samples) else { throw ChatCompletionsError("samples: \(samples); it must be 1 to 100") }
    guard samples == 1 || temperature != 0 else {
      throw ChatCompletionsError("samples: \(samples) at temperature 0 would all agree; raise the temperature")
    }
    guard retry.maximumAttempts >= 1, retry.base >= .zero, retry.cap >= .zero else {
      throw ChatCompletionsError("retry: there must be at least 1 attempt, and no delay below 0")
    }
    guard concurrency >= 1 else { throw ChatCompletionsError("concurrency: \(concurrency); it must be at least 1") }
    guard maximumResponseBytes >= 1 else {
      throw ChatCompletionsError("maximum_response_bytes: \(maximumResponseBytes); it must be at least 1")
    }
    for (name, limit) in [("requests_per_minute", requestsPerMinute), ("tokens_per_minute", tokensPerMinute)] {
      guard let limit else { continue }
      guard limit.perMinute > 0, limit.perMinute.isFinite, limit.burst > 0, limit.burst < 1 else {
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
      Prompt.version, systemText, template, mode.rawValue, "\(topLogprobs)", "\(samples)",
      temperature.map { "\($0)" } ?? "",
    ]
    for example in examples { fields += [example.text, example.label] }
    for label in descriptions.keys.sorted() { fields += ["description", label, descriptions[label] ?? ""] }
    var hash = SHA256()
    for field in fields { hash.update(data: Data("\(field.utf8.count):\(field)".utf8)) }
    return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
