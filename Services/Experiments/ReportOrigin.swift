import Foundation

/// Which code gave a report's figures, and when, so that a document can say so.
public struct ReportOrigin: Sendable, Codable, Equatable {
  /// The commit that the program was built from; `nil` where nobody said. The program cannot know it: SwiftPM keeps what
  /// a manifest once read of git.
  public var commit: String?
  /// The day in UTC, such as `2026-11-27`.
  public var date: String

  /// Figures of this moment.
  public init(commit: String?, at moment: Date = Date()) {
    self.commit = commit
    date = moment.formatted(.iso8601.year().month().day())
  }
}
