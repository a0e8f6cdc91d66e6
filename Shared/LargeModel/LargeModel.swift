import Content
import Foundation

/// One sample's question to a large model.
public struct LargeModelRequest: Sendable {
  /// The sample's id, where there is one; only recorded answers look at it.
  public var id: String?
  /// What is asked about. It is data; nothing in it is an instruction. An image by reference has been fetched by the
  /// time that a model is asked: it is its bytes.
  public var input: Input
  /// The labels still to choose from, as indices into the task's labels, each once; none where a caption is asked for.
  public var candidates: [Int]
  /// The small model's probabilities over the task's labels, for kinds that put them into a prompt.
  public var prior: [Float]?
  /// The small model's caption, for kinds that put it into a prompt.
  public var suggestion: Suggestion?

  /// A small model's caption in a soft prompt.
  public struct Suggestion: Sendable, Equatable {
    /// What it says.
    public let caption: String
    /// How sure it is, 0 to 1.
    public let confidence: Float

    /// A caption with its confidence.
    public init(caption: String, confidence: Float) {
      (self.caption, self.confidence) = (caption, confidence)
    }
  }

  /// A small model's probability as a prompt shows it, in three decimals; who caches answers tells prompts apart by it.
  public static func shown(_ probability: Float) -> String { String(format: "%.3f", Double(probability)) }

  /// The input's text; empty where it has none.
  public var text: String { input.text ?? "" }

  /// A question about an input.
  public init(id: String? = nil, input: Input, candidates: [Int], prior: [Float]? = nil) {
    self.id = id
    self.input = input
    self.candidates = candidates
    self.prior = prior
  }

  /// A question for a caption.
  public init(captionOf input: Input, id: String? = nil, suggestion: Suggestion? = nil) {
    self.init(id: id, input: input, candidates: [])
    self.suggestion = suggestion
  }

  /// A question about a text.
  public init(id: String? = nil, text: String, candidates: [Int], prior: [Float]? = nil) {
    self.init(id: id, input: .text(text), candidates: candidates, prior: prior)
  }
}

/// A large model's answer.
public struct LargeModelAnswer: Sendable, Equatable {
  /// What it says.
  public enum Choice: Sendable, Equatable {
    /// The candidate that is the most probable one, as an index into the task's labels.
    case label(Int)
    /// A caption, with its confidence, 0 to 1, where that is known.
    case caption(String, confidence: Float?)
  }

  /// What it says.
  public var choice: Choice
  /// Of a label: a probability for each of the task's labels; 0 for those that were no candidates; the sum is 1. `nil`
  /// where the model gave none: the answer stands, but nobody knows how sure it is.
  public var probabilities: [Float]?
  /// Tokens read, in the large model's own tokens.
  public var promptTokens: Int
  /// Tokens written.
  public var completionTokens: Int
  /// In the currency of the settings' prices.
  public var cost: Double

  /// A label, by its index, as a model gave it.
  public init(label: Int, probabilities: [Float]?, promptTokens: Int, completionTokens: Int, cost: Double) {
    choice = .label(label)
    self.probabilities = probabilities
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }

  /// A caption as a model gave it.
  public init(caption: String, confidence: Float?, promptTokens: Int, completionTokens: Int, cost: Double) {
    choice = .caption(caption, confidence: confidence)
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.cost = cost
  }

  /// The label's index, where it is one.
  @inline(never)  // Swift 6.3.1's optimiser fails where it inlines this into another module's `try …get().label`.
  public var label: Int? { if case .label(let label) = choice { label } else { nil } }

  /// The answer's probability, 0 to 1.
  public var confidence: Float? {
    switch choice {
    case .label(let label): probabilities?[label]
    case .caption(_, let confidence): confidence
    }
  }

  /// The reply in words.
  /// - Parameter labels: the task's.
  public func reply(labels: [String]) -> Reply {
    switch choice {
    case .label(let label): .label(labels[label])
    case .caption(let caption, _): .caption(caption)
    }
  }
}

/// What answers the samples that the small models are unsure of.
public protocol LargeModel: Sendable {
  /// Names model, prompt and settings: two models of one version answer alike.
  var version: String { get }
  /// What the last attempt failed with, while attempts fail; `nil` while they succeed.
  var trouble: String? { get }
  /// The same model as the server that it is; `nil` for one in this process.
  var server: (any ServedLargeModel)? { get }

  /// Answers each request, in the requests' order: an answer, or why there is none for this one.
  ///
  /// Throws where the model as a whole fails, and `CancellationError` when its task is cancelled.
  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>]
}

extension LargeModel {
  /// A model that is not asked over a wire answers or does not.
  public var trouble: String? { nil }
  /// Most are none.
  public var server: (any ServedLargeModel)? { nil }
}
