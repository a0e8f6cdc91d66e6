import CLibrdkafka
import Foundation
import Synchronization

/// Serves a producer's delivery reports on a thread of its own, until stopped.
final class DeliveryPoller: Sendable {
  private let state = Mutex(State())

  private struct State {
    var isStopped = false
    /// Counts returns of the poll.
    var round = 0
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// The thread holds `handle` until `stop`.
  init(_ handle: ClientHandle) {
    let thread = Thread { [self] in
      while !state.withLock({ $0.isStopped }) {
        rd_kafka_poll(handle.pointer, 100)
        finishRound()
      }
    }
    thread.name = "kafka-delivery"
    thread.start()
  }

  /// The number of the running round; read it before a try that may find the queue full.
  var round: Int { state.withLock { $0.round } }

  /// Waits until reports were served (which is what makes room in the queue) since `round` was read.
  func waitForReports(after round: Int) async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        let isOver = state.round != round || state.isStopped
        if !isOver { state.waiters.append(continuation) }
        return isOver
      }
      if isOver { continuation.resume() }
    }
  }

  /// Ends the thread after its current round.
  func stop() {
    state.withLock { $0.isStopped = true }
  }

  private func finishRound() {
    let waiters = state.withLock { state in
      state.round += 1
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
