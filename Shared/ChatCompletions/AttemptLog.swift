import Synchronization

/// What one sample's requests cost and failed with, filled by all of its rounds at once.
final class AttemptLog: Sendable {
  /// When the sample's time is over, by the client's clock.
  let deadline: Duration
  private let state = Mutex((usage: Usage(), failures: [String](), last: AttemptFailure?.none, requests: 0))

  /// Nothing has been asked yet.
  init(deadline: Duration) { self.deadline = deadline }

  /// Counts a request that an endpoint was asked.
  func asked() { state.withLock { $0.requests += 1 } }

  /// Adds what an answer cost, usable or not.
  func add(_ usage: Usage) { state.withLock { $0.usage += usage } }

  /// Adds a failed attempt.
  /// - Parameter place: which attempt it was, and where.
  func add(_ failure: AttemptFailure, _ place: String) {
    state.withLock {
      $0.failures.append("\(place): \(failure.reason)")
      $0.last = failure
    }
  }

  var usage: Usage { state.withLock { $0.usage } }
  /// What the last failed attempt failed with.
  var lastFailure: AttemptFailure? { state.withLock { $0.last } }
  var failures: [String] { state.withLock { $0.failures } }
  var requests: Int { state.withLock { $0.requests } }
}
