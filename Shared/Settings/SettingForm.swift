import Configuration

/// What a key may hold: what the sources are asked for, and what errors and the reference say is allowed.
public enum SettingForm: Sendable, Equatable {
  case text
  case filledText
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case flag
  case duration(ClosedRange<Duration>)
  case bytes(ClosedRange<Int>)
  case choice([String])
  case list
  /// An object whose keys are free, with plain values.
  case map
  /// An object whose members may be of any kind.
  case object

  /// In words that complete "must be …".
  public var allowed: String {
    switch self {
    case .text: "text"
    case .filledText: "text that is not empty"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "a number from \(numberText(range.lowerBound)) to \(numberText(range.upperBound))"
    case .flag: "true or false"
    case .duration(let range):
      "a time from \(range.lowerBound.settingText) to \(range.upperBound.settingText), "
        + "with its unit: us, ms, s, m, h or d"
    case .bytes(let range):
      "a size from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound)): "
        + "bytes, or with kB, MB, GB, KiB, MiB or GiB"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .list: "a list of texts"
    case .map: "an object of texts, numbers and booleans"
    case .object: "an object"
    }
  }

  /// Tried in this order.
  var types: [ConfigType] {
    switch self {
    case .text, .filledText, .duration, .choice: [.string]
    case .integer: [.int]
    case .number: [.double]
    case .flag: [.bool]
    case .bytes: [.string, .int]
    case .list: [.stringArray]
    case .map, .object: []
    }
  }
}

/// Whole numbers without a point.
func numberText(_ value: some BinaryFloatingPoint) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
