import Cascade
import Foundation

/// Names of versions: the task, and the second of the training in UTC.
public enum ModelVersionName {
  /// Such as `sections-20261124T031500Z`.
  public static func make(task: String, createdAt: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
    return "\(task)-\(createdAt.formatted(style))"
  }

  /// What the versions of a task's small model are named after: those of different stages must not share a name.
  public static func stem(_ task: String, _ answeredBy: AnsweredBy) -> String {
    answeredBy == .specific ? task : "\(task)-\(answeredBy.rawValue)"
  }
}
