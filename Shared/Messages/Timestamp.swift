import Foundation

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Messages carry it as that number.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  /// A moment in milliseconds since 1970-01-01T00:00:00Z.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// A text as RFC 3339 has it, such as `2026-11-24T12:00:00.250Z`; `nil` where it is none.
  public init?(rfc3339 text: String) {
    guard text.utf8.count <= 40, let date = Self.parse(text) else { return nil }
    self.init(date)
  }

  /// A moment as stores and models have it, to the nearest millisecond.
  public init(_ date: Date) { milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded()) }

  /// The same moment as stores and models have it.
  public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

  private static func parse(_ text: String) -> Date? {
    for style in [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()] {
      // Not being of one style is no error: the other may fit.
      if let date = try? style.parse(text) { return date }
    }
    return nil
  }

  /// The present moment.
  public static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

  /// A day in milliseconds.
  static let day: Int64 = 86_400_000

  /// As RFC 3339 has it.
  public var description: String {
    date.formatted(.iso8601)
  }

  /// The earlier is the smaller.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}
