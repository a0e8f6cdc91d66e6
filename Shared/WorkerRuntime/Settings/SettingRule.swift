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
    let variable = sources.variable(for: path)
    ledger.asked.append((path, variable))
    guard let found = sources.origin(of: path, variable: variable, alias: alias) else { return nil }
    guard let value = parsed(path, rule, alias: alias) else {
      let text = secret ? "<redacted>" : found.text
      ledger.note(dotted(key), "\(dotted(key)) = \(text) (\(found.origin)): must be \(rule.allowed)")
      return nil
    }
    ledger.entries.append(
      SettingsEntry(key: dotted(key), value: secret ? "<redacted>" : rule.show(value), origin: found.origin))
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

extension ConfigContent {
  var text: String? { if case .string(let value) = self { value } else { nil } }
  var integer: Int? { if case .int(let value) = self { value } else { nil } }
  var number: Double? { if case .double(let value) = self { value } else { nil } }
  var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
  var list: [String]? { if case .stringArray(let value) = self { value } else { nil } }
}
