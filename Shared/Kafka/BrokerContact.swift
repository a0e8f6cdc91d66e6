import Synchronization

/// When a broker last answered a client.
final class BrokerContact: Sendable {
  private let last = Mutex(ContinuousClock.now)

  /// Notes an answer.
  func noteAnswer() { last.withLock { $0 = .now } }

  /// How long no broker has answered.
  var silence: Duration { last.withLock { $0 }.duration(to: .now) }
}
