import Encoders
import LargeModel
import Settings

/// Section `large_model` of a task.
public struct LargeModelSettings: Sendable, Equatable {
  /// The kinds of large model.
  public enum Kind: String, Sendable, CaseIterable {
    /// A sentence encoder that compares texts with label prompts; needs no labelled data.
    case zeroShot = "zero_shot"
    /// A sentence encoder with a linear head fitted on labelled data.
    case linearHead = "linear_head"
    /// Answers that a large model once gave, from a file.
    case recorded
    /// A server with the chat-completions interface.
    case chatCompletions = "chat_completions"
  }

  /// Which kind answers.
  public var kind: Kind
  /// The encoder's folder below the models' folder.
  public var encoder: String
  /// Tokens of a text that the encoder reads.
  public var maximumTokens: Int
  /// Threads of the encoder.
  public var threads: Int
  /// Zero-shot: sentences with `{label}`, averaged.
  public var templates: [String]
  /// Zero-shot: the softmax's temperature.
  public var temperature: Float
  /// Linear head: which features it is fitted on.
  public var pooling: Pooling
  /// Linear head: how many labelled texts it is fitted on at most; 0 for all.
  public var headTexts: Int
  /// Linear head: the file it is kept in; in a running system it comes from the model store.
  public var head: String?
  /// Recorded: the file of rows, with what the model answered in field `recorded_llm_answer`.
  public var file: String?
  /// Recorded: the model's known accuracy, which stands for the confidence that a recording lacks.
  public var accuracy: Float
  /// Chat completions: the server.
  public var server: ChatServer
  /// What it may cost; `nil` for no limit.
  public var budget: LargeModelBudget?
  /// How long an answer is given again to the same question; `nil`: every sample is asked about.
  public var cacheTimeToLive: Duration?
  /// What is answered where no label fits; `nil`: always the best label.
  public var noneOfThese: NoneOfThese?

  /// - Parameters:
  ///   - labels: the task's, where it names them itself.
  ///   - descriptions: what they mean.
  init(_ reader: SettingsReader, labels: [String], descriptions: [String: String]) {
    let prompts = LabelPrompts()
    kind = reader.choice("kind", default: .zeroShot)
    encoder = reader.text("encoder", default: ModelFetch.modelName)
    maximumTokens = reader.integer("maximum_tokens", default: 256, in: 2...512)
    threads = reader.integer("threads", default: 1, in: 1...1024)
    templates = reader.list("templates", default: prompts.templates)
    temperature = Float(reader.number("temperature", default: 0.05, in: 0.001...100))
    pooling = reader.choice("pooling", default: .sentence)
    headTexts = reader.integer("head_texts", default: 0, in: 0...10_000_000)
    head = reader.text("head")
    file = reader.text("file")
    accuracy = Float(reader.number("accuracy", default: 0.8, in: 0.001...1))
    server = ChatServer(
      reader.section("chat_completions"), labels: labels, descriptions: descriptions, isUsed: kind == .chatCompletions)
    cacheTimeToLive = reader.section("cache").duration("time_to_live", in: .seconds(1)...(.seconds(10 * 365 * 86_400)))
    noneOfThese = NoneOfThese(reader.section("none_of_these"))
    budget = LargeModelBudget(reader.section("budget"), hasPrices: traits.hasPrice)
  }
}
