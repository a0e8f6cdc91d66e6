/// A server's key, or another header's value. It never shows in a description, a log line or a mirror.
public struct APIKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let value: String

  /// A key; `nil` where it is empty or could not stand in an HTTP field.
  public init?(_ value: String) {
    guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.value = value
  }

  /// A header's value, which may have spaces inside; `nil` where it could not stand in an HTTP field.
  public init?(field value: String) {
    guard !value.isEmpty, value.first != " ", value.last != " ", value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return nil }
    self.value = value
  }

  /// The key in an environment variable.
  /// - Throws: `ChatCompletionsError` naming the variable where it is not set or holds no key.
  public init(variable name: String, of environment: [String: String]) throws(ChatCompletionsError) {
    // Whoever writes the key itself in the variable's place must not read it in a log.
    guard name.utf8.allSatisfy(Self.namesVariables) else {
      throw ChatCompletionsError(
        "api_key_variable is no variable's name; it names the environment variable that holds the server's API key")
    }
    guard let value = environment[name] else {
      throw ChatCompletionsError("the environment variable \(name) is not set; it must hold the server's API key")
    }
    guard let key = APIKey(value) else {
      throw ChatCompletionsError(
        "the environment variable \(name) is empty or has spaces or control characters; it must hold an API key")
    }
    self = key
  }

  private static func namesVariables(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Always the same.
  public var description: String { "(redacted)" }
  /// Always the same.
  public var debugDescription: String { description }
  /// Has no children.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// A text without the key, for what a server says of it.
  func redacted(from text: String) -> String {
    // By bytes: to Swift a key with a combining mark behind it is another text.
    String(
      decoding: Array(text.utf8).replacing(Array(value.utf8), with: Array(description.utf8)), as: UTF8.self)
  }
}

extension ChatCompletionsSettings {
  /// The headers that hold the key and whatever else the settings name.
  var secretFields: [(name: String, value: String)] {
    let key = apiKey.map { key in apiKeyHeader.map { ($0, key.value) } ?? ("authorization", "Bearer \(key.value)") }
    return headers.map { ($0.key, $0.value.value) } + [key].compactMap(\.self)
  }

  /// A text without any of them, for what a server says of them.
  func redacted(_ text: String) -> String {
    ([apiKey].compactMap(\.self) + headers.values).reduce(text) { $1.redacted(from: $0) }
  }
}
