import Foundation
import JSON
import LargeModel

/// A request's body, and what it is estimated to take from the limits.
struct ChatRequest: Sendable {
  private let prompt: Prompt
  private let settings: ChatCompletionsSettings
  private let labels: [String]
  /// Tokens in, rather too many: a token of text is seldom shorter than three bytes, and of a picture's bytes none is
  /// counted, but what the settings take a picture for.
  let promptTokens: Int
  /// The most tokens that may come out.
  let maximumTokens: Int
  /// Tokens in and out, rather too many.
  var estimatedTokens: Int { promptTokens + maximumTokens }
  /// Tokens in, by the usual length of a token, for servers that do not count them.
  let likelyPromptTokens: Int

  /// The body for a prompt.
  /// - Parameter labels: the candidates, which structured output is held to; none for a caption.
  init(_ prompt: Prompt, settings: ChatCompletionsSettings, labels: [String]) {
    (self.prompt, self.settings, self.labels) = (prompt, settings, labels)
    let textBytes = prompt.system.utf8.count + prompt.user.utf8.count
    let pictureTokens = prompt.picture == nil ? 0 : settings.imageTokens
    promptTokens = textBytes / 3 + 1 + pictureTokens
    likelyPromptTokens = textBytes / 4 + pictureTokens
    maximumTokens = settings.maximumTokens ?? Self.maximumTokens(settings, labels: labels)
  }

  /// The body, JSON.
  /// - Parameter limit: the name of the field that bounds the answer.
  func body(_ limit: ChatCompletionsSettings.CompletionLimit) -> [UInt8] {
    let textBytes = prompt.system.utf8.count + prompt.user.utf8.count
    // Base64 is a third longer than the bytes.
    var writer = JSONWriter(capacity: textBytes + (prompt.picture?.bytes.count ?? 0) * 3 / 2 + 512)
    writer.beginObject()
    writer.key("model")
    writer.string(settings.model)
    writer.key("messages")
    writer.beginArray()
    writer.message(role: "system", prompt.system, nil)
    writer.message(role: "user", prompt.user, prompt.picture)
    writer.endArray()
    if let temperature = settings.temperature {
      writer.key("temperature")
      writer.double(temperature)
    }
    writer.key(limit.rawValue)
    writer.integer(Int64(maximumTokens))
    switch (settings.reply, settings.mode) {
    case (.caption, _): writer.logprobs(settings.topLogprobs > 0)
    case (.label, .token):
      writer.logprobs(settings.topLogprobs > 0)
      writer.topLogprobs(settings.topLogprobs)
    case (.label, .jsonSchema) where settings.extraBody["response_format"] == nil: writer.responseFormat(labels)
    case (.label, .jsonSchema): break
    }
    writer.endObject()
    return Self.extended(writer.bytes, by: settings.extraBody)
  }

  /// An object with further members, whose values are JSON already.
  private static func extended(_ object: [UInt8], by members: [String: String]) -> [UInt8] {
    if members.isEmpty { return object }
    var bytes = object.dropLast()
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      var key = JSONWriter()
      key.string(name)
      bytes += [UInt8(ascii: ",")] + key.bytes + [UInt8(ascii: ":")] + value.utf8
    }
    return bytes + [UInt8(ascii: "}")]
  }

  /// What sending it once is taken to need.
  func estimate(_ prices: ChatCompletionsSettings.Prices) -> QuestionEstimate {
    func usage(_ prompt: Int, _ completion: Int) -> QuestionEstimate.Usage {
      QuestionEstimate.Usage(
        promptTokens: prompt, completionTokens: completion,
        cost: Usage(promptTokens: prompt, completionTokens: completion, isEstimated: true, prices: prices).cost)
    }
    return QuestionEstimate(
      requests: 1, likely: usage(likelyPromptTokens, likelyCompletionTokens),
      most: usage(promptTokens, maximumTokens))
  }

  /// Tokens out. Where settings bound them, as for a model that reasons, nobody knows before: all of them.
  private var likelyCompletionTokens: Int {
    guard settings.maximumTokens == nil else { return maximumTokens }
    switch (settings.reply, settings.mode) {
    // A sentence of some twelve words.
    case (.caption, _): return 16
    case (.label, .token): return 1
    case (.label, .jsonSchema):
      let bytes = labels.reduce(0) { $0 + StructuredAnswer.written($1).utf8.count }
      return min(maximumTokens, bytes / 4 / max(1, labels.count) + 1)
    }
  }

  private static func maximumTokens(_ settings: ChatCompletionsSettings, labels: [String]) -> Int {
    switch (settings.reply, settings.mode) {
    // One sentence, and a few words around it.
    case (.caption, _): 96
    case (.label, .token): 1
    // A label has no more tokens than bytes; the rest is the object around it.
    case (.label, .jsonSchema): 32 + (labels.map(\.utf8.count).max() ?? 0)
    }
  }
}

extension JSONWriter {
  /// Content is a text, or with a picture an array of parts: not every server takes an array for a text alone.
  fileprivate mutating func message(role: String, _ content: String, _ picture: Prompt.Picture?) {
    beginObject()
    key("role")
    string(role)
    key("content")
    if let picture { parts(content, picture) } else { string(content) }
    endObject()
  }

  private mutating func parts(_ text: String, _ picture: Prompt.Picture) {
    beginArray()
    beginObject()
    key("type")
    string("text")
    key("text")
    string(text)
    endObject()
    beginObject()
    key("type")
    string("image_url")
    key("image_url")
    beginObject()
    key("url")
    string("data:\(picture.mediaType);base64,\(Data(picture.bytes).base64EncodedString())")
    endObject()
    endObject()
    endArray()
  }

  fileprivate mutating func logprobs(_ isAsked: Bool) {
    guard isAsked else { return }
    key("logprobs")
    bool(true)
  }

  fileprivate mutating func topLogprobs(_ count: Int) {
    guard count > 0 else { return }
    key("top_logprobs")
    integer(Int64(count))
  }

  /// `{"label": …}` with an enum of the labels, strictly.
  fileprivate mutating func responseFormat(_ labels: [String]) {
    key("response_format")
    beginObject()
    key("type")
    string("json_schema")
    key("json_schema")
    beginObject()
    key("name")
    string("classification")
    key("strict")
    bool(true)
    key("schema")
    schema(labels)
    endObject()
    endObject()
  }

  private mutating func schema(_ labels: [String]) {
    beginObject()
    key("type")
    string("object")
    key("properties")
    beginObject()
    key("label")
    beginObject()
    key("type")
    string("string")
    key("enum")
    beginArray()
    for label in labels { string(label) }
    endArray()
    endObject()
    endObject()
    key("required")
    beginArray()
    string("label")
    endArray()
    key("additionalProperties")
    bool(false)
    endObject()
  }
}
