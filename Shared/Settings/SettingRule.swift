import Configuration

/// How one key is understood: what it may hold, and how that becomes a value and is shown.
public struct SettingRule<Value> {
  let form: SettingForm
  /// `nil` for what is not allowed.
  let parse: (ConfigContent) -> Value?
  let show: (Value) -> String
}

extension SettingRule<String> {
  /// Any text.
  public static var text: Self { Self(form: .text, parse: \.text, show: \.self) }

  /// Text of at least one character.
  public static var filledText: Self {
    Self(form: .filledText, parse: { $0.text.flatMap { $0.isEmpty ? nil : $0 } }, show: \.self)
  }
}

extension SettingRule where Value: FixedWidthInteger {
  /// A whole number; the range must fit the value's type.
  public static func integer(in range: ClosedRange<Int>) -> Self {
    Self(
      form: .integer(range), parse: { $0.integer.flatMap { range.contains($0) ? Value($0) : nil } }, show: { "\($0)" })
  }
}

extension SettingRule where Value: BinaryFloatingPoint {
  /// A number.
  public static func number(in range: ClosedRange<Double>) -> Self {
    Self(
      form: .number(range), parse: { $0.number.flatMap { range.contains($0) ? Value($0) : nil } },
      show: { numberText($0) })
  }
}

extension SettingRule<Bool> {
  /// True or false.
  public static var flag: Self { Self(form: .flag, parse: \.flag, show: { "\($0)" }) }
}

extension SettingRule<Duration> {
  /// A time span with its unit, such as `500ms`, `5s`, `2m`, `1h`.
  public static func duration(in range: ClosedRange<Duration>) -> Self {
    Self(
      form: .duration(range),
      parse: { $0.text.flatMap(Duration.init(settingText:)).flatMap { range.contains($0) ? $0 : nil } },
      show: \.settingText)
  }
}

extension SettingRule<Int> {
  /// A number of bytes, such as `64MiB`, `1GB` or `4096`.
  public static func bytes(in range: ClosedRange<Int>) -> Self {
    Self(
      form: .bytes(range),
      parse: { ($0.text.flatMap(ByteSize.bytes) ?? $0.integer).flatMap { range.contains($0) ? $0 : nil } },
      show: ByteSize.text)
  }
}

extension SettingRule where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One case of an enumeration by its raw value.
  public static var choice: Self {
    Self(
      form: .choice(Value.allCases.map(\.rawValue)), parse: { $0.text.flatMap(Value.init(rawValue:)) }, show: \.rawValue
    )
  }
}

extension SettingRule<[String]> {
  /// A list of texts; in a variable they are separated by commas.
  public static var list: Self { Self(form: .list, parse: \.list, show: { $0.joined(separator: ", ") }) }
}

extension ConfigContent {
  fileprivate var text: String? { if case .string(let value) = self { value } else { nil } }
  fileprivate var integer: Int? { if case .int(let value) = self { value } else { nil } }
  fileprivate var number: Double? { if case .double(let value) = self { value } else { nil } }
  fileprivate var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
  fileprivate var list: [String]? { if case .stringArray(let value) = self { value } else { nil } }
}
