import Postgres
import Terminal

/// What `shunt check` has looked at, said as it is found.
struct CheckFindings {
  private(set) var failures = 0

  /// Says that what was looked at is well, or what is wrong with it and what mends that.
  /// - Parameters:
  ///   - remedy: what mends it where the error does not tell.
  ///   - body: looks, and returns what it saw.
  mutating func look(_ what: String, _ remedy: String, _ body: () async throws -> String) async {
    do { StandardOutput.say("ok    \(what): \(try await body())") } catch {
      failures += 1
      StandardOutput.say("WRONG \(what): \(error)\n      \(Self.remedy(error) ?? remedy)")
    }
  }

  /// What mends an error wherever it is met; `nil` where that depends on what is looked at.
  private static func remedy(_ error: any Error) -> String? {
    guard let error = error as? PostgresError else { return nil }
    if error.sqlState == undefinedTable { return "Run 'shunt init': tables are missing." }
    return error.kind == .connection ? "Is Postgres there? Set DATABASE_URL. Then run 'shunt init'." : nil
  }

  /// Postgres's state for a table that is not there.
  private static let undefinedTable = "42P01"
}
