import JSON

/// A chat-completions request, as far as a classification needs it.
public struct PracticeQuestion: Sendable {
  /// The model's name.
  public let model: String
  /// The system message.
  public let system: String
  /// The last user message.
  public let user: String
  /// The text between the last pair of fences.
  public let text: String
  /// The labels to choose from: the schema's enum, or the lines "A. label" of the user message.
  public let candidates: [String]
  /// Whether an answer is to be an object of the schema.
  public let isStructured: Bool
  /// How many of the likeliest tokens are asked for; 0 for none.
  public let topLogprobs: Int
  /// The temperature, where one is named.
  public let temperature: Double?

  /// Reads a request's body.
  init(_ bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try JSONParser().parse($0) { try PracticeQuestion($0) } }
  }

  private init(_ json: JSONValue) throws {
    model = try json.requiredString("model")
    temperature = try json.optionalDouble("temperature")
    var messages: [String: String] = [:]
    try json["messages"]?.forEachElement { messages[try $0.requiredString("role")] = try $0.requiredString("content") }
    system = messages["system"] ?? ""
    user = messages["user"] ?? ""
    text = Self.fenced(user)
    let schema = json["response_format"]?["json_schema"]?["schema"]
    isStructured = schema != nil
    topLogprobs = try json.flag("logprobs") ? Int(json.optionalInteger("top_logprobs") ?? 0) : 0
    var labels: [String] = []
    schema?["properties"]?["label"]?["enum"]?.forEachElement { if let label = $0.string { labels.append(label) } }
    candidates = isStructured ? labels : Self.listed(user)
  }

  private static func fenced(_ user: String) -> String {
    let parts = user.matches(of: /(?s)<sample>\n(.*?)\n<\/sample>/)
    return parts.last.map { String($0.1) } ?? ""
  }

  /// "A. label with probability 0.5: description", outside the fences.
  private static func listed(_ user: String) -> [String] {
    user.replacing(/(?s)<sample>.*?<\/sample>/, with: "").split(separator: "\n").compactMap { line in
      line.wholeMatch(of: /[A-T]\. (.+?)( with probability [0-9.]+)?(: .*)?/).map { String($0.1) }
    }
  }

  /// Tokens of the messages: a quarter of their bytes.
  var tokens: Int { (system.utf8.count + user.utf8.count) / 4 }
}
