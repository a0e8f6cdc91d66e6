import Foundation

/// The HTTP field `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
public enum RetryAfter {
  /// More than this is taken as this; a typing error at the server must not stop a task for a year.
  public static let longest = Duration.seconds(86_400)

  /// How long a server asks to be left alone.
  /// - Parameters:
  ///   - value: the field as it came.
  ///   - now: what a date is counted from.
  /// - Returns: 0 to `longest`; `nil` where the field is neither seconds nor a date.
  public static func parse(_ value: String, now: Date) -> Duration? {
    let text = value.trimmingCharacters(in: .whitespaces)
    if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // Only digits: what does not fit an Int64 is above the longest.
      return Int64(text).map { min(.seconds($0), longest) } ?? longest
    }
    guard let date = date(text) else { return nil }
    return min(max(.seconds(date.timeIntervalSince(now)), .zero), longest)
  }

  /// A date in any of HTTP's three forms (RFC 9110, 5.6.7).
  private static func date(_ text: String) -> Date? {
    // Foundation's formatter traps on a combining mark; HTTP's dates have nothing beyond ASCII.
    guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    for format in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy"] {
      formatter.dateFormat = format
      if let date = formatter.date(from: text) { return date }
    }
    return nil
  }
}
