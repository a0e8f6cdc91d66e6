import Foundation
import Synchronization

/// How long a server asks to be left alone, as its reply's fields say it in one of many ways.
public enum RetryAfter {
  /// More than this is taken as this: to ask once an hour hurts nobody, and a typing error at the server must not stop a
  /// task for a year.
  public static let longest = Duration.seconds(3_600)

  /// What a failed reply's fields ask for: `retry-after-ms`, else `retry-after`, else the latest reset of a limit of
  /// which nothing remains (`x-ratelimit-reset-requests`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, …).
  /// - Parameters:
  ///   - fields: all of them.
  ///   - now: what a date is counted from.
  /// - Returns: 0 to `longest`; `nil` where none of them can be read.
  public static func asked(by fields: [(name: String, value: String)], now: Date) -> Duration? {
    let fields = Dictionary(fields.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
    if let text = fields["retry-after-ms"], let milliseconds = number(trimmed(text)) {
      return bounded(milliseconds / 1_000, now)
    }
    if let text = fields["retry-after"], let wait = parse(text, now: now) { return wait }
    let resets = fields.filter { name, _ in
      guard name.contains("ratelimit"), name.contains("reset") else { return false }
      let remaining = fields[name.replacing("reset", with: "remaining")].flatMap { number(trimmed($0)) }
      return remaining ?? 0 <= 0
    }
    return resets.values.compactMap { parse($0, now: now) }.max()
  }

  /// One field's value: seconds (`20`, `1.5`), a time span (`1m30s`, `6ms`), a date in any of HTTP's forms (RFC 9110) or
  /// in that of RFC 3339, or the seconds or milliseconds since 1970 at which the wait is over.
  /// - Returns: 0 to `longest`; `nil` for anything else.
  public static func parse(_ value: String, now: Date) -> Duration? {
    let text = trimmed(value)
    if let seconds = number(text) ?? span(text) { return bounded(seconds, now) }
    return date(text).map { bounded($0.timeIntervalSince(now), now) }
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }

  /// No server asks for 30 years: so many seconds are a date, counted from 1970, in seconds or in milliseconds.
  private static func bounded(_ seconds: Double, _ now: Date) -> Duration {
    var seconds = seconds
    if seconds >= 1e12 { seconds /= 1_000 }
    if seconds >= 1e9 { seconds -= now.timeIntervalSince1970 }
    return min(max(.seconds(min(seconds, 1e6)), .zero), longest)
  }

  /// Digits, with a point among them or not; no sign, no exponent, no word for infinity.
  private static func number(_ text: some StringProtocol) -> Double? {
    guard text.utf8.contains(where: isDigit), text.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) else {
      return nil
    }
    return Double(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static let units = ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3_600, "d": 86_400]

  /// Amounts with their units, one after the other, such as `1m30s`, in seconds.
  private static func span(_ text: String) -> Double? {
    var (rest, seconds) = (text[...], 0.0)
    while !rest.isEmpty {
      let amount = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      let unit = rest.dropFirst(amount.count).prefix { !($0.isASCII && $0.isNumber) }
      guard let value = number(amount), let length = units[String(unit)] else { return nil }
      seconds += value * length
      rest = rest.dropFirst(amount.count + unit.count)
    }
    return text.isEmpty ? nil : seconds
  }

  private static func date(_ text: String) -> Date? {
    // Foundation's formatter traps on a combining mark; HTTP's dates have nothing beyond ASCII.
    guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    return formatters.withLock { $0.lazy.compactMap { $0.date(from: text) }.first }
  }

  /// One for each form of a date: to make one takes a thousand times as long as to use it.
  private static let formatters = Mutex(
    [
      "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy",
      "yyyy-MM-dd'T'HH:mm:ssXXXXX", "yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX",
    ].map { format in
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.timeZone = TimeZone(secondsFromGMT: 0)
      formatter.dateFormat = format
      return formatter
    })
}
