import Foundation

/// Numbers as commands print them, in one way everywhere.
public enum NumberText {
  /// Whole, with a comma between thousands: `20,000`.
  public static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    let grouped = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (value < 0 ? "-" : "") + grouped.joined()
  }

  /// A share from 0 to 1 as percent with one decimal: `70.9 %`.
  public static func percent(_ share: Double) -> String { "\(fixed(share * 100, decimals: 1)) %" }

  /// With so many decimals, in no locale.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }

  /// Whole seconds as `9s`, `1m09s` or `2h05m`.
  public static func time(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let total = Int(seconds.rounded())
    let parts = (hours: total / 3600, minutes: total / 60 % 60, seconds: total % 60)
    if parts.hours > 0 { return "\(parts.hours)h\(twoDigits(parts.minutes))m" }
    return parts.minutes > 0 ? "\(parts.minutes)m\(twoDigits(parts.seconds))s" : "\(parts.seconds)s"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
