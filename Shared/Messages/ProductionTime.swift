import JSON

/// When a producer made a sample, as producers write it.
///
/// A number's size tells its unit, because no unit's numbers of the years 1973 to 5138 are another's: below 10^11 it is
/// seconds, below 10^14 milliseconds, below 10^17 microseconds, and else nanoseconds. So what was read once is read the
/// same again from the next topic, where it stands in milliseconds.
enum ProductionTime {
  /// Milliseconds of 1973-03-03 and of 5138-11-16.
  private static let range: Range<Int64> = 100_000_000_000..<100_000_000_000_000

  /// - Returns: `nil` where the number is no time since 1973.
  static func read(_ number: Int64) -> Timestamp? {
    // Almost all, and all that workers write.
    if range.contains(number) { return Timestamp(milliseconds: number) }
    return switch number {
    case 100_000_000..<100_000_000_000: Timestamp(milliseconds: number * 1000)
    case 100_000_000_000_000..<100_000_000_000_000_000: Timestamp(milliseconds: number / 1000)
    case 100_000_000_000_000_000...: Timestamp(milliseconds: number / 1_000_000)
    default: nil
    }
  }

  /// The same of a number with a fraction, such as seconds in Python and Ruby.
  static func read(_ number: Double) -> Timestamp? {
    guard number >= 1e8, number < 1e19 else { return nil }
    // Thousandths of the unit, so that seconds keep their milliseconds.
    if number < 1e11 { return read(Int64((number * 1000).rounded())) }
    return Int64(exactly: number.rounded()).flatMap(read)
  }

  static func read(_ text: String) -> Timestamp? {
    Timestamp(rfc3339: text).flatMap { range.contains($0.milliseconds) ? $0 : nil }
  }
}

extension JSONValue {
  /// When a sample was made; `nil` where the field is missing.
  func optionalProductionTime(_ key: StaticString) throws(JSONError) -> Timestamp? {
    guard let member = self[key] else { return nil }
    let time =
      member.integer.flatMap { ProductionTime.read($0) } ?? member.double.flatMap { ProductionTime.read($0) }
      ?? member.string.flatMap { ProductionTime.read($0) }
    guard let time else {
      throw JSONError(
        "field \"\(key)\" is a \(member.shown), no time from 1973 to 5138; it must be seconds, milliseconds, microseconds or "
          + "nanoseconds since 1970, or RFC 3339 text with its offset, such as 2026-11-24T12:00:00.250Z",
        kind: "field \"\(key)\" is no time")
    }
    return time
  }

  /// A moment as milliseconds since 1970 or as RFC 3339 text, as workers write it; `nil` where the field is missing.
  func optionalTimestamp(_ key: StaticString) throws(JSONError) -> Timestamp? {
    guard let member = self[key] else { return nil }
    if let milliseconds = member.integer { return Timestamp(milliseconds: milliseconds) }
    guard let text = member.string, let timestamp = Timestamp(rfc3339: text) else {
      throw JSONError(
        "field \"\(key)\" is a \(member.shown), no time; it must be milliseconds since 1970 or RFC 3339 text")
    }
    return timestamp
  }

  /// A moment that must be there.
  func requiredTimestamp(_ key: StaticString) throws(JSONError) -> Timestamp {
    guard let timestamp = try optionalTimestamp(key) else { throw JSONError("field \"\(key)\" is missing") }
    return timestamp
  }
}
