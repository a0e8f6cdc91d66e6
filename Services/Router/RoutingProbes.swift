import Foundation
import Messages
import ModelStore
import Synchronization

/// Once a second how many samples of each task were routed together, until it is written down. The distiller holds it
/// against what is answered of them.
public final class RoutingProbes: Sendable {
  private struct State {
    var pending: [RoutingProbe] = []
    var lastOfTask: [String: Timestamp] = [:]
  }

  private static let interval: Int64 = 1000
  /// Of so many that cannot be written the oldest are forgotten.
  private static let most = 10_000
  private let state = Mutex(State())

  /// Nothing counted yet.
  public init() {}

  /// Counts a batch whose samples are published.
  /// - Parameter audits: of these how many are audited, by task.
  func add(_ samples: [String: Int], audits: [String: Int], routedAt now: Timestamp) {
    state.withLock { state in
      for (task, count) in samples {
        if let last = state.lastOfTask[task], now.milliseconds - last.milliseconds < Self.interval { continue }
        state.lastOfTask[task] = now
        state.pending.append(
          RoutingProbe(
            task: task, routedAt: now.date, samples: count, audits: audits[task] ?? 0))
      }
    }
  }

  /// What was counted; it is forgotten here.
  func take() -> [RoutingProbe] {
    state.withLock { state in
      defer { state.pending = [] }
      return state.pending
    }
  }

  /// Takes back what could not be written.
  func giveBack(_ probes: [RoutingProbe]) {
    state.withLock { $0.pending = Array((probes + $0.pending).suffix(Self.most)) }
  }
}
