/// A server's key. It never shows in a description, a log line or a mirror.
public struct APIKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let value: String

  /// A key; `nil` where it is empty or could not stand in an HTTP field.
  public init?(_ value: String) {
    guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.value = value
  }

  /// The key in an environment variable.
  /// - Throws: `ChatCompletionsError` naming the variable where it is not set or holds no key.
  public init(variable name: String, of environment: [String: String]) throws(ChatCompletionsError) {
    guard let value = environment[name] else {
      throw ChatCompletionsError("the environment variable \(name) is not set; it must hold the server's API key")
    }
    guard let key = APIKey(value) else {
      throw ChatCompletionsError(
        "the environment variable \(name) is empty or has spaces or control characters; it must hold an API key")
    }
    self = key
  }

  /// Always the same.
  public var description: String { "(redacted)" }
  /// Always the same.
  public var debugDescription: String { description }
  /// Has no children.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// A text without the key, for what a server says of it.
  func redacted(from text: String) -> String { text.replacing(value, with: description) }
}
