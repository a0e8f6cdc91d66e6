import Concurrency
import Synchronization
import Tasks

/// Keeps the facts of small models' versions once they are read, and reads each only once, however many samples of a
/// new version come at the same time: a version is megabytes.
public final class KnownFacts: Sendable {
  private struct Version: Hashable {
    let task: String
    let name: String
  }

  private let read: FactsLookup
  private let flights = SingleFlight<Version, SmallModelFacts?>()
  private let known = Mutex([Version: SmallModelFacts?]())

  /// Knows nothing yet, and reads by `read`.
  public init(read: @escaping FactsLookup) { self.read = read }

  /// The facts of a version; `nil` where nobody knows it.
  public func facts(task: String, version: String) async throws -> SmallModelFacts? {
    let key = Version(task: task, name: version)
    if let facts = known.withLock({ $0[key] }) { return facts }
    return try await flights.value(for: key) {
      // Another flight may have landed since this caller looked.
      if let facts = known.withLock({ $0[key] }) { return facts }
      let facts = try await read(task, version)
      known.withLock { $0[key] = .some(facts) }
      return facts
    }.value
  }
}
