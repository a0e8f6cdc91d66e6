import Configuration

/// Asks the sources for settings. Each `read` declares its key: name, form, default and help in one place, from which
/// come the check, the errors, the commands' help and `docs/settings.md`.
///
///     struct RecorderSettings {
///       var batchSize = 5000
///       init(_ reader: SettingsReader) {
///         reader.read("batch_size", &batchSize, .integer(in: 1...100_000), help: "The largest batch, in messages.")
///       }
///     }
///
/// A wrong value is noted, the default stays in its place, and all problems are reported together when
/// ``SettingsSources/read(_:)`` ends. So every key is read whatever the others say.
public struct SettingsReader {
  let sources: SettingsSources
  let ledger: SettingsLedger
  let path: [String]

  /// The reader of a section, or of an object inside one.
  public func section(_ name: String) -> SettingsReader {
    SettingsReader(sources: sources, ledger: ledger, path: path + [name])
  }

  /// The objects that the file has at `key`, by name, such as one a task.
  /// - Parameter placeholder: stands for the name in the reference.
  public func objects(_ key: String, named placeholder: String) -> [(name: String, reader: SettingsReader)] {
    let section = section(key)
    var names: [String] = []
    if case .object(let children)? = sources.file?.node(at: section.path) { names = children.keys.sorted() }
    if ledger.isForReference { names = ["<\(placeholder)>"] }
    return names.map { ($0, section.section($0)) }
  }

  /// The same, which declares nothing and notes no problem: for keys that are read before, and again over other defaults.
  public var again: SettingsReader { SettingsReader(sources: sources, ledger: SettingsLedger(), path: path) }

  /// Whether any source has something in this section.
  public var isMentioned: Bool {
    let variable = sources.variable(for: path) + "_"
    return ledger.isForReference || sources.file?.node(at: path) != nil
      || sources.environment.keys.contains { $0.hasPrefix(variable) }
  }

  /// Whether the file has something at a key, whatever it holds.
  public func names(_ key: String) -> Bool { sources.file?.node(at: path + [key]) != nil }

  /// Notes a problem that only the settings' owner can see, such as two settings that exclude each other.
  public func refuse(_ key: String, because reason: String) { ledger.note(dotted(key), "\(dotted(key)): \(reason)") }

  /// Reads a key; where nothing sets it, `value` stays, which is the default.
  /// - Parameters:
  ///   - secret: hides the value wherever settings are printed.
  ///   - variable: another variable that may hold it, such as `DATABASE_URL`.
  public func read<Value>(
    _ key: String, _ value: inout Value, _ rule: SettingRule<Value>, secret: Bool = false, variable: String? = nil,
    help: String
  ) {
    let text = rule.show(value)
    declare(key, rule.form, defaultText: text, variable: variable, help)
    if let found = found(key, rule, secret: secret, alias: variable) {
      value = found
    } else {
      let shown = Redaction.shown(text, isSecret: secret || Self.soundsSecret(key))
      ledger.entries.append(SettingsEntry(key: dotted(key), value: shown, origin: "default"))
    }
  }

  /// Reads a key that need not be set.
  public func read<Value>(
    _ key: String, _ value: inout Value?, _ rule: SettingRule<Value>, secret: Bool = false, variable: String? = nil,
    help: String
  ) {
    declare(key, rule.form, defaultText: value.map(rule.show), variable: variable, help)
    value = found(key, rule, secret: secret, alias: variable) ?? value
  }

  /// Reads a key that must be set; where it is not, `value` stays and a problem is noted.
  public func require<Value>(
    _ key: String, _ value: inout Value, _ rule: SettingRule<Value>, secret: Bool = false, variable: String? = nil,
    help: String
  ) {
    let variables = declare(key, rule.form, isRequired: true, variable: variable, help)
    if let found = found(key, rule, secret: secret, alias: variable) {
      value = found
    } else {
      refuse(key, because: "must be set, in the settings file or by \(variables.joined(separator: " or "))")
    }
  }

  func dotted(_ key: String) -> String { (path + [key]).joined(separator: ".") }

  /// - Returns: the variables that may hold it.
  @discardableResult
  func declare(
    _ key: String, _ form: SettingForm, defaultText: String? = nil, isRequired: Bool = false,
    variable alias: String? = nil, _ help: String
  ) -> [String] {
    let path = path + [key]
    let variables = [sources.variable(for: path), alias].compactMap(\.self)
    ledger.declarations.append(
      SettingDeclaration(
        path: path, form: form, defaultText: defaultText, isRequired: isRequired, variables: variables, help: help))
    return variables
  }

  /// What the sources hold; `nil` where the key is not set or a problem was noted.
  private func found<Value>(_ key: String, _ rule: SettingRule<Value>, secret: Bool, alias: String?) -> Value? {
    let path = path + [key]
    let isSecret = secret || Self.soundsSecret(key)
    guard let found = sources.origin(of: path, alias: alias) else { return nil }
    guard let value = parsed(path, rule, alias: alias) else {
      let text = Redaction.shown(found.text, isSecret: isSecret)
      ledger.note(dotted(key), "\(dotted(key)) = \(text) (\(found.origin)): must be \(rule.form.allowed)")
      return nil
    }
    let shown = Redaction.shown(rule.show(value), isSecret: isSecret)
    ledger.entries.append(SettingsEntry(key: dotted(key), value: shown, origin: found.origin))
    return value
  }

  private func parsed<Value>(_ path: [String], _ rule: SettingRule<Value>, alias: String?) -> Value? {
    for type in rule.form.types {
      // A value of another type is no error yet: the next type may fit, and otherwise the caller notes the problem.
      guard case .success(let content?) = Result(catching: { try sources.value(at: path, alias: alias, type: type) })
      else { continue }
      return rule.parse(content)
    }
    return nil
  }
}
