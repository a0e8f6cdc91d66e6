import Cascade
import Foundation

/// Names of versions: the task, and the second of the training in UTC.
public enum ModelVersionName {
  /// Such as `sections-20261124T031500Z`, and of another stage than S1 `sections-intermediate-20261124T031500Z`: those of
  /// different stages must not share a name.
  public static func make(task: String, as answeredBy: AnsweredBy, createdAt: Date) -> String {
    let stem = answeredBy == .specific ? task : "\(task)-\(answeredBy.rawValue)"
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
    return "\(stem)-\(createdAt.formatted(style))"
  }
}
