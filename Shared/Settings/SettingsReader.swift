import Configuration

/// Asks the sources for settings, typed. A wrong value is noted, the default given in its place, and all are
/// reported together when ``SettingsSources/read(_:)`` ends.
public struct SettingsReader {
  let sources: SettingsSources
  let ledger: SettingsLedger
  let path: [String]

  /// The reader of a section, or of an object inside one.
  public func section(_ name: String) -> SettingsReader {
    SettingsReader(sources: sources, ledger: ledger, path: path + [name])
  }

  /// The names that the file has below this reader's section, sorted: for a section with one object a task.
  public var names: [String] {
    guard case .object(let children)? = sources.file?.node(at: path) else { return [] }
    return children.keys.sorted()
  }

  /// Whether any source has something in this section.
  public var isMentioned: Bool {
    let variable = sources.variable(for: path) + "_"
    return sources.file?.node(at: path) != nil || sources.environment.keys.contains { $0.hasPrefix(variable) }
  }

  /// Notes a problem that only the settings' owner can see, such as two settings that exclude each other.
  public func refuse(_ key: String, because reason: String) {
    ledger.note(dotted(key), "\(dotted(key)): \(reason)")
  }

  /// Text; `nil` where it is not set.
  /// - Parameters:
  ///   - secret: hides the value wherever settings are printed.
  ///   - variable: another variable that may hold it, such as `DATABASE_URL`.
  public func text(_ key: String, secret: Bool = false, variable: String? = nil) -> String? {
    let rule = SettingRule(types: [.string], allowed: "text", parse: \.text, show: \.self)
    return value(key, rule, secret: secret, alias: variable)
  }

  /// Text with a default.
  public func text(_ key: String, default value: String, secret: Bool = false, variable: String? = nil) -> String {
    text(key, secret: secret, variable: variable) ?? defaulted(key, secret ? "<redacted>" : value, value)
  }

  /// Text that must be set; empty where it is not, and then a problem is noted.
  public func requiredText(_ key: String, secret: Bool = false, variable: String? = nil) -> String {
    if let text = text(key, secret: secret, variable: variable) { return text }
    let names = [sources.variable(for: path + [key]), variable].compactMap(\.self)
    refuse(key, because: "must be set, in the settings file or by \(names.joined(separator: " or "))")
    return ""
  }

  /// A whole number in `range`; `nil` where it is not set.
  public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    value(
      key,
      SettingRule(
        types: [.int], allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)",
        parse: { content in content.integer.flatMap { range.contains($0) ? $0 : nil } }, show: { "\($0)" }))
  }

  /// A whole number in `range`, with a default.
  public func integer(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int {
    integer(key, in: range) ?? defaulted(key, "\(value)", value)
  }

  /// A number in `range`; `nil` where it is not set.
  public func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
    value(
      key,
      SettingRule(
        types: [.double], allowed: "a number from \(range.lowerBound) to \(range.upperBound)",
        parse: { content in content.number.flatMap { range.contains($0) ? $0 : nil } }, show: { "\($0)" }))
  }

  /// A number in `range`, with a default.
  public func number(_ key: String, default value: Double, in range: ClosedRange<Double>) -> Double {
    number(key, in: range) ?? defaulted(key, "\(value)", value)
  }

  /// True or false.
  public func flag(_ key: String, default value: Bool) -> Bool {
    let rule = SettingRule(types: [.bool], allowed: "true or false", parse: \.flag, show: { "\($0)" })
    return self.value(key, rule) ?? defaulted(key, "\(value)", value)
  }

  /// A time span with its unit, such as `500ms`, `5s`, `2m`, `1h`; `nil` where it is not set.
  public func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
    let bounds = "\(range.lowerBound.settingText) to \(range.upperBound.settingText)"
    return value(
      key,
      SettingRule(
        types: [.string], allowed: "a time from \(bounds), with its unit: us, ms, s, m, h or d",
        parse: { content in
          content.text.flatMap(Duration.init(settingText:)).flatMap { range.contains($0) ? $0 : nil }
        },
        show: \.settingText))
  }

  /// A time span with its unit, with a default.
  public func duration(_ key: String, default value: Duration, in range: ClosedRange<Duration>) -> Duration {
    duration(key, in: range) ?? defaulted(key, value.settingText, value)
  }

  /// A number of bytes, such as `64MiB`, `1GB` or `4096`, with a default.
  public func byteSize(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int {
    let bounds = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
    let rule = SettingRule(
      types: [.string, .int], allowed: "a size from \(bounds): bytes, or with kB, MB, GB, KiB, MiB or GiB",
      parse: { content in
        (content.text.flatMap(ByteSize.bytes) ?? content.integer).flatMap { range.contains($0) ? $0 : nil }
      },
      show: ByteSize.text)
    return self.value(key, rule) ?? defaulted(key, ByteSize.text(value), value)
  }

  /// One case of an enumeration by its raw value, with a default.
  public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default value: Choice) -> Choice
  where Choice.RawValue == String {
    let rule = SettingRule(
      types: [.string], allowed: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "),
      parse: { content in content.text.flatMap(Choice.init(rawValue:)) }, show: \.rawValue)
    return self.value(key, rule) ?? defaulted(key, value.rawValue, value)
  }

  /// A list of texts; in a variable they are separated by commas.
  public func list(_ key: String, default value: [String] = []) -> [String] {
    let rule = SettingRule(
      types: [.stringArray], allowed: "a list of texts", parse: \.list, show: { $0.joined(separator: ", ") })
    return self.value(key, rule) ?? defaulted(key, value.joined(separator: ", "), value)
  }
}
