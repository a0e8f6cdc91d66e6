import Content
import Foundation
import LargeModelFlow

/// How a task asks a server that has the chat-completions interface (OpenAI, vLLM, llama.cpp, Ollama, LiteLLM, …).
public struct ChatCompletionsSettings: Sendable, Equatable {
  /// How a label comes back.
  public enum Mode: String, Sendable, Codable, CaseIterable {
    /// As one letter; its probabilities come from `top_logprobs`. For servers that give them.
    case token
    /// As structured output, a JSON schema with an enum of the labels; confidence only by agreement of `samples`.
    case jsonSchema = "json_schema"
  }

  /// The name of the field that bounds the answer; servers differ.
  public enum CompletionLimit: String, Sendable, Codable, CaseIterable {
    /// What most servers know.
    case maxTokens = "max_tokens"
    /// What OpenAI's newer models ask for.
    case maxCompletionTokens = "max_completion_tokens"

    /// The other name.
    var other: CompletionLimit { self == .maxTokens ? .maxCompletionTokens : .maxTokens }
  }

  /// A text with its label, shown in the prompt where the label is among the candidates.
  public struct Example: Sendable, Equatable, Codable {
    /// The text.
    public var text: String
    /// One of the task's labels.
    public var label: String

    /// A text with its label.
    public init(text: String, label: String) {
      self.text = text
      self.label = label
    }
  }

  /// Prices for a million tokens, in any one currency.
  public struct Prices: Sendable, Equatable, Codable {
    /// For a million that go in.
    public var prompt: Double
    /// For a million that come out.
    public var completion: Double

    /// Prices; 0 for a server of one's own.
    public init(prompt: Double = 0, completion: Double = 0) {
      self.prompt = prompt
      self.completion = completion
    }
  }

  /// How long things may take.
  public struct Timeouts: Sendable, Equatable {
    /// Until a connection stands.
    public var connect: Duration
    /// With no byte coming: catches an answer that stalls.
    public var silence: Duration
    /// For one HTTP request, from its first byte to the last one of its answer.
    public var request: Duration
    /// For a sample: waits, attempts and rounds together.
    public var answer: Duration

    /// The defaults suit a hosted model.
    public init(
      connect: Duration = .seconds(10), silence: Duration = .seconds(30), request: Duration = .seconds(60),
      answer: Duration = .seconds(300)
    ) {
      self.connect = connect
      self.silence = silence
      self.request = request
      self.answer = answer
    }
  }

  /// Base addresses such as `https://api.openai.com/v1`; later ones are fallen over to, in their order.
  public var endpoints: [URL]
  /// Sent as a bearer token, or in `apiKeyHeader`, where there is one.
  public var apiKey: APIKey?
  /// The header that holds the key as it is, such as `api-key`; `nil` for `authorization`, with `Bearer` before it.
  public var apiKeyHeader: String?
  /// Further headers, by name.
  public var headers: [String: APIKey] = [:]
  /// Further members of each request, each value as JSON; they take the place of ours of the same name.
  public var extraBody: [String: String] = [:]
  /// Machines other than this one that keys may be sent to over plain HTTP.
  public var allowPlainHTTP: [String] = []
  /// Proxies and certificate authorities.
  public var network = OutgoingNetwork.direct
  /// The model's name at the server.
  public var model: String
  /// What it answers with.
  public let reply: Reply.Kind
  /// What the model reads of an input: text alone, unless it sees.
  public var reads: Set<Input.Kind> = [.text]
  /// Tokens that an image is taken to have until the server tells: limits and budgets are held to it.
  public var imageTokens = 1_000
  /// What the model is told first; `nil`: that it classifies, or describes, what it reads. What holds the answer to the
  /// labels, or to one sentence, is added by the client.
  public var systemText: String?
  /// The question. `{text}` is the fenced sample. Of labels `{candidates}` are one line each, `{probabilities}` the small
  /// model's lines "{label} with probability {p}" (without it they stand beside the candidates), `{examples}` the examples'
  /// lines. Of captions `{suggestion}` is the small model's caption (without it it stands below).
  public var template: String
  /// Shown where their label is among the candidates.
  public var examples: [Example] = []
  /// By label; shown after its name.
  public var descriptions: [String: String] = [:]
  /// 0 to 2; `nil` leaves it to the server.
  public var temperature: Double? = 0
  /// How a label comes back.
  public var mode = Mode.token
  /// How many of the likeliest tokens are asked for, up to 20; 0 for a server that gives none. More candidates than this
  /// (20 where it is 0) are asked in rounds. A caption's tokens are asked for with their own log-probability, unless this
  /// is 0.
  public var topLogprobs = 20
  /// How often one question is asked, for confidence by agreement.
  public var samples = 1
  /// The name of the field that bounds the answer; where the server refuses it by name, the other one is sent.
  public var completionLimit = CompletionLimit.maxTokens
  /// The most tokens of an answer, those of its reasoning included; `nil` for as many as a label, or a sentence, needs.
  public var maximumTokens: Int?
  /// Prices for a million tokens.
  public var prices = Prices()
  /// How long things may take.
  public var timeouts = Timeouts()
  /// How often a request is sent, and when again.
  public var retry = RetryPolicy()
  /// When an endpoint is left alone.
  public var breaker = CircuitBreaker.Settings()
  /// Requests in flight at once; also the limit of connections.
  public var concurrency = 16
  /// Requests a minute over all workers of the task.
  public var requestsPerMinute: TokenBucket.Limit?
  /// Tokens a minute over all workers of the task.
  public var tokensPerMinute: TokenBucket.Limit?
  /// An answer with more bytes is refused.
  public var maximumResponseBytes = 1 << 20

  /// Settings with defaults for all that a task need not say.
  public init(endpoints: [URL], apiKey: APIKey? = nil, model: String, reply: Reply.Kind = .label) {
    self.endpoints = endpoints
    self.apiKey = apiKey
    self.model = model
    self.reply = reply
    template =
      switch reply {
      case .label: "Candidates:\n{candidates}\n\n{examples}\n\n{text}"
      case .caption: "{text}"
      }
  }
}
