/// Why settings were refused: every problem at once, so that a start is repaired in one go.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One line a problem: key, value, where it came from, what is allowed.
  public let problems: [String]

  /// An error of several problems, in the order in which they are shown.
  public init(problems: [String]) { self.problems = problems }

  /// All problems, one a line.
  public var description: String {
    let head = problems.count == 1 ? "1 setting is wrong:" : "\(problems.count) settings are wrong:"
    return ([head] + problems.map { "  - \($0)" }).joined(separator: "\n")
  }
}
