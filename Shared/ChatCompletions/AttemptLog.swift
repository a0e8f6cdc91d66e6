import Synchronization

/// What one sample's requests cost and failed with, filled by all of its rounds at once.
final class AttemptLog: Sendable {
  private let state = Mutex((usage: Usage(), failures: [String](), requests: 0))

  /// Counts a request that an endpoint was asked.
  func asked() { state.withLock { $0.requests += 1 } }

  /// Adds what an answer cost, usable or not.
  func add(_ usage: Usage) { state.withLock { $0.usage += usage } }

  /// Adds a failed attempt's reason.
  func add(failure: String) { state.withLock { $0.failures.append(failure) } }

  var usage: Usage { state.withLock { $0.usage } }
  var failures: [String] { state.withLock { $0.failures } }
  var requests: Int { state.withLock { $0.requests } }
}
