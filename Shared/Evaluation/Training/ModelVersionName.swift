import Foundation

/// Names of versions: the task, and the second of the training in UTC.
public enum ModelVersionName {
  /// Such as `sections-20261124T031500Z`.
  public static func make(task: String, createdAt: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
    return "\(task)-\(createdAt.formatted(style))"
  }
}
