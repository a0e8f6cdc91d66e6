/// A condition that did not come true in time.
public struct Overdue: Error, CustomStringConvertible {
  /// What was waited for.
  public let what: String

  /// The error in one line.
  public var description: String { "overdue: \(what)" }
}

/// Looks again and again until `condition` holds.
/// - Throws: `Overdue` after `limit`.
public func eventually(
  _ what: String, within limit: Duration = .seconds(40), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    if ContinuousClock.now >= deadline { throw Overdue(what: what) }
    try await Task.sleep(for: .milliseconds(10))
  }
}
