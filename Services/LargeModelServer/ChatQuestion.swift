import Content
import Foundation
import JSON

/// A chat-completions request, as far as a classification or a caption needs it.
public struct ChatQuestion: Sendable {
  /// The model's name.
  public let model: String
  /// The system message.
  public let system: String
  /// The last user message.
  public let user: String
  /// The text between the last pair of fences.
  public let text: String
  /// The pictures of the last user message, in their order.
  public let images: [ImageSource]
  /// The labels to choose from: the schema's enum, or the lines "A. label" of the user message.
  public let candidates: [String]
  /// Whether an answer is to be an object of the schema.
  public let isStructured: Bool
  /// Whether the log-probabilities of what is written are asked for.
  public let asksLogprobs: Bool
  /// How many of the likeliest tokens are asked for; 0 for none.
  public let topLogprobs: Int
  /// The temperature, where one is named.
  public let temperature: Double?

  /// Reads a request's body.
  public init(_ bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try JSONParser().parse($0) { try ChatQuestion($0) } }
  }

  private init(_ json: JSONValue) throws {
    model = try json.requiredString("model")
    temperature = try json.optionalDouble("temperature")
    var messages: [String: ChatContent] = [:]
    try json["messages"]?.forEachElement { messages[try $0.requiredString("role")] = try ChatContent($0) }
    system = messages["system"]?.text ?? ""
    user = messages["user"]?.text ?? ""
    images = messages["user"]?.images ?? []
    text = Self.fenced(user)
    let schema = json["response_format"]?["json_schema"]?["schema"]
    isStructured = schema != nil
    asksLogprobs = try json.flag("logprobs")
    topLogprobs = try asksLogprobs ? Int(min(20, max(0, json.optionalInteger("top_logprobs") ?? 0))) : 0
    var labels: [String] = []
    schema?["properties"]?["label"]?["enum"]?.forEachElement { if let label = $0.string { labels.append(label) } }
    candidates = isStructured ? labels : Self.listed(user)
  }

  private static func fenced(_ user: String) -> String {
    guard let start = user.range(of: "<sample>\n", options: .backwards),
      let end = user.range(of: "\n</sample>", range: start.upperBound..<user.endIndex)
    else { return "" }
    return String(user[start.upperBound..<end.lowerBound])
  }

  /// "A. label with probability 0.5: description", outside the fences.
  private static func listed(_ user: String) -> [String] {
    let parts = user.components(separatedBy: "<sample>").enumerated().map { index, part in
      index == 0 ? part[...] : part.range(of: "</sample>").map { part[$0.upperBound...] } ?? ""
    }
    return parts.joined().split(separator: "\n").compactMap { line in
      guard let letter = line.first, ("A"..."T").contains(letter), line.dropFirst().hasPrefix(". ") else { return nil }
      let label = line.dropFirst(3)
      let end = [" with probability ", ": "].compactMap { label.range(of: $0)?.lowerBound }.min()
      return String(label[..<(end ?? label.endIndex)])
    }
  }

  /// Tokens of the messages: a quarter of the text's bytes, and what a small picture takes at hosted models.
  public var tokens: Int { (system.utf8.count + user.utf8.count) / 4 + images.count * Self.imageTokens }
  /// Tokens of a picture.
  public static let imageTokens = 85
}
