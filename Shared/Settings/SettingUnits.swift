extension Duration {
  private static let units: [(name: String, microseconds: Int64)] = [
    ("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
  ]

  /// A time span as settings write it: a number of at most nine digits and its unit, `1.5s`; `nil` for anything else,
  /// or beyond 64 bits of microseconds.
  public init?(settingText text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(number.count).drop { $0 == " " }
    guard number.count <= 9, let value = Double(number), let match = Self.units.first(where: { $0.name == unit }),
      let microseconds = Int64(exactly: (value * Double(match.microseconds)).rounded())
    else { return nil }
    self = .microseconds(microseconds)
  }

  /// The time span as settings write it, in the largest unit that leaves it whole.
  public var settingText: String {
    let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    guard microseconds != 0, let unit = Self.units.last(where: { microseconds % $0.microseconds == 0 }) else {
      return "0s"
    }
    return "\(microseconds / unit.microseconds)\(unit.name)"
  }
}

/// Byte sizes as settings write them.
enum ByteSize {
  private static let units: [(name: String, bytes: Int)] = [
    ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
  ]

  /// The bytes that `text` stands for: `64MiB`, `1GB`, `4096`; `nil` for anything else, or beyond an Int.
  static func bytes(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let value = Int(digits) else { return nil }
    if unit.isEmpty { return value }
    guard let match = units.first(where: { $0.name.lowercased() == unit.lowercased() }) else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: match.bytes)
    return overflow ? nil : product
  }

  /// `bytes` in the largest binary unit that leaves it whole.
  static func text(_ bytes: Int) -> String {
    guard let unit = units.last(where: { $0.name.hasSuffix("iB") && bytes != 0 && bytes % $0.bytes == 0 }) else {
      return "\(bytes)B"
    }
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
