import Configuration

/// How one setting is understood: the types to ask the sources for, and what is allowed, in words and as a check.
struct SettingRule<Value> {
  let types: [ConfigType]
  let allowed: String
  let parse: (ConfigContent) -> Value?
  let show: (Value) -> String
}

extension SettingsReader {
  func dotted(_ key: String) -> String { (path + [key]).joined(separator: ".") }

  /// Notes that the default took effect, and returns it.
  func defaulted<Value>(_ key: String, _ text: String, _ value: Value) -> Value {
    ledger.entries.append(SettingsEntry(key: dotted(key), value: text, origin: "default"))
    return value
  }

  /// The value of `key`; `nil` where it is not set or where a problem was noted.
  func value<Value>(_ key: String, _ rule: SettingRule<Value>, secret: Bool = false, alias: String? = nil) -> Value? {
    let path = path + [key]
    let isSecret = secret || Self.soundsSecret(key)
    let variable = sources.variable(for: path)
    ledger.asked.append((path, variable))
    guard let found = sources.origin(of: path, variable: variable, alias: alias) else { return nil }
    guard let value = parsed(path, rule, alias: alias) else {
      let text = isSecret ? "<redacted>" : withoutAccounts(found.text)
      ledger.note(dotted(key), "\(dotted(key)) = \(text) (\(found.origin)): must be \(rule.allowed)")
      return nil
    }
    ledger.entries.append(
      SettingsEntry(
        key: dotted(key), value: isSecret ? "<redacted>" : withoutAccounts(rule.show(value)),
        origin: found.origin))
    return value
  }

  private func parsed<Value>(_ path: [String], _ rule: SettingRule<Value>, alias: String?) -> Value? {
    for type in rule.types {
      // A value of another type is no error yet: the next type may fit, and otherwise the caller notes the problem.
      guard case .success(let content?) = Result(catching: { try sources.value(at: path, alias: alias, type: type) })
      else { continue }
      return rule.parse(content)
    }
    return nil
  }
}

/// A text that is to be shown, without what stands before the "@" of a URL, however it is mistyped: it may be a password.
private func withoutAccounts(_ text: String) -> String {
  guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
  let ends = Set(" \t\n\r\",[]".utf8)
  let words = text.utf8.split(omittingEmptySubsequences: false) { ends.contains($0) }
  var shown: [UInt8] = []
  for word in words {
    if let at = word.lastIndex(of: UInt8(ascii: "@")) {
      shown += "***".utf8
      shown += text.utf8[at..<word.endIndex]
    } else {
      shown += word
    }
    if word.endIndex < text.utf8.endIndex { shown.append(text.utf8[word.endIndex]) }
  }
  return String(decoding: shown, as: UTF8.self)
}

extension ConfigContent {
  var text: String? { if case .string(let value) = self { value } else { nil } }
  var integer: Int? { if case .int(let value) = self { value } else { nil } }
  var number: Double? { if case .double(let value) = self { value } else { nil } }
  var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
  var list: [String]? { if case .stringArray(let value) = self { value } else { nil } }
}
