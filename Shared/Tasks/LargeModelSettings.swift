import Content
import Datasets
import Encoders
import LargeModel
import Settings

/// Section `large_model` of a task; what each key means stands where it is read.
public struct LargeModelSettings: Sendable, Equatable {
  /// The kinds of large model.
  public enum Kind: String, Sendable, CaseIterable {
    /// A sentence encoder that compares texts with label prompts; needs no labelled data.
    case zeroShot = "zero_shot"
    /// A sentence encoder with a linear head fitted on labelled data.
    case linearHead = "linear_head"
    /// CLIP, which compares pictures with label prompts; needs no labelled data.
    case clip
    /// Answers that a large model once gave, from a file.
    case recorded
    /// A server with the chat-completions interface.
    case chatCompletions = "chat_completions"
    /// A captioner of one's own.
    case captioner
  }

  /// The folder of the smallest of OpenAI's models.
  private static let defaultCLIP = "clip-vit-base-patch32"

  package var kind: Kind
  package var encoder = ModelFetch.modelName
  package var maximumTokens = 256
  package var threads = 1
  package var templates = LabelPrompts().templates
  package var softTemplate = LabelPrompts().softTemplate
  package var temperature: Float = 0.05
  package var pooling = Pooling.sentence
  package var headTexts = 0
  package var head: String?
  package var file: String?
  package var captionerFile: String?
  package var suggestionWeight = 1.5
  /// Recorded: the field of a row that holds what the model answered.
  public var answerField = DataFields().recordedAnswer
  package var accuracy: Float = 0.8
  /// Chat completions: the server.
  public var server: ChatServer
  /// What it may cost; `nil` for no limit.
  public var budget: LargeModelBudget?
  package var cacheTimeToLive: Duration?
  /// What is answered where no label fits; `nil`: always the best label.
  public var noneOfThese: NoneOfThese?

  /// - Parameters:
  ///   - reply: what the task answers with.
  ///   - labels: the task's, where it names them itself.
  ///   - descriptions: what they mean.
  init(_ reader: SettingsReader, reply: Reply.Kind, labels: [String], descriptions: [String: String]) {
    var kind = Kind.zeroShot
    reader.read(
      "kind", &kind, .choice,
      help:
        "`zero_shot`: a sentence encoder that compares texts with label prompts, without labelled data; `linear_head`: "
        + "the encoder with a head fitted on labelled data; `clip`: CLIP, which compares pictures with label prompts, "
        + "without labelled data; `recorded`: answers that a large model once gave, from a file; "
        + "`chat_completions`: a server with that interface; `captioner`: a larger captioner of one's own, trained on other "
        + "pictures. Captions are answered by "
        + "\(Self.kinds(of: .caption).map { "`\($0.rawValue)`" }.joined(separator: ", ")).")
    self.kind = kind
    if kind == .clip { (encoder, templates) = (Self.defaultCLIP, LabelPrompts.pictures.templates) }
    server = ChatServer(
      reader.section("chat_completions"), reply: reply, labels: labels, descriptions: descriptions,
      isUsed: kind == .chatCompletions)
    readEncoder(reader)
    readHead(reader)
    readRecording(reader)
    if kind == .captioner { readCaptioner(reader.section("captioner")) }
    reader.section("cache").read(
      "time_to_live", &cacheTimeToLive, .duration(in: .seconds(1) ... .seconds(10 * 365 * 86_400)),
      help: "How long an answer is given again to the same question; unset, every sample is asked about.")
    noneOfThese = NoneOfThese(reader.section("none_of_these"))
    budget = LargeModelBudget(reader.section("budget"), hasPrices: traits.hasPrice)
    if !traits.replies.contains(reply) {
      let known = Self.kinds(of: reply).map(\.rawValue).joined(separator: " or ")
      reader.refuse(
        "kind", because: "\(kind.rawValue) gives no \(reply.rawValue), which the task answers with: name \(known)")
    }
  }

  private static func kinds(of reply: Reply.Kind) -> [Kind] {
    Kind.allCases.filter { $0.registration.replies.contains(reply) }
  }

  private mutating func readEncoder(_ reader: SettingsReader) {
    reader.read(
      "encoder", &encoder, .filledText,
      help: "The encoder's folder below the models' folder: of a sentence encoder, for `linear_head` also of an image "
        + "encoder such as `efficientnet-lite2`; for `clip` of a CLIP model, unset `\(Self.defaultCLIP)`.")
    reader.read(
      "maximum_tokens", &maximumTokens, .integer(in: 2...512), help: "Tokens of a text that the encoder reads.")
    reader.read("threads", &threads, .integer(in: 1...1024), help: "Threads of the encoder.")
    reader.read(
      "templates", &templates, .list,
      help:
        "`zero_shot` and `clip`: sentences with `{label}`, whose vectors are averaged; where `clip` has none, it takes "
        + "`a photo of a {label}.`, with its full stop.")
    if templates.isEmpty || !templates.allSatisfy({ $0.contains("{label}") }) {
      reader.refuse("templates", because: "must be one sentence or more, each with {label} where the label stands")
    }
    reader.read(
      "soft_template", &softTemplate, .filledText,
      help:
        "`clip`: the sentence of a soft prompt of form `text`, with `{label}` and, as `{p}`, the small model's probability."
    )
    if !softTemplate.contains("{label}") || !softTemplate.contains("{p}") {
      reader.refuse("soft_template", because: "must have {label} and {p} where label and probability stand")
    }
    reader.read("temperature", &temperature, .number(in: 0.001...100), help: "`zero_shot`: the softmax's temperature.")
  }

  private mutating func readHead(_ reader: SettingsReader) {
    reader.read("pooling", &pooling, .choice, help: "`linear_head`: which features it is fitted on.")
    reader.read(
      "head_texts", &headTexts, .integer(in: 0...10_000_000),
      help: "`linear_head`: how many labelled texts it is fitted on at most; 0: all.")
    reader.read(
      "head", &head, .filledText,
      help: "`linear_head`: the file it is kept in; unset, the running system has it from the model store.")
  }

  private mutating func readCaptioner(_ section: SettingsReader) {
    section.read(
      "file", &captionerFile, .filledText,
      help: "The trained captioner's file; unset, the task folder's, or the one in force.")
    section.read(
      "suggestion_weight", &suggestionWeight, .number(in: 0...100),
      help: "With `pruning.mode` `soft`: what the small model's caption counts beside the captioner's own.")
  }

  private mutating func readRecording(_ reader: SettingsReader) {
    reader.read(
      "file", &file, .filledText,
      help: "`recorded`: the file of rows, with the label or caption that the model answered.")
    reader.read(
      "answer_field", &answerField, .filledText,
      help: "`recorded`: the field of a row that holds what the model answered.")
    reader.read(
      "accuracy", &accuracy, .number(in: 0.001...1),
      help: "`recorded`: the model's known accuracy, which stands for the confidence that a recording lacks.")
  }
}
