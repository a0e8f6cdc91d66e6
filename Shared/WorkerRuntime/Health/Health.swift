import Foundation
import Logging
import Metrics
import Synchronization

/// The worker's health, shared by its services and its HTTP endpoints.
///
/// What holds a task back, and what rejects more than a few samples for one reason, is told here by every worker: once
/// in the log when it begins and once when it ends, on `/readyz` as long as it lasts, and in a metric.
public final class Health: Sendable {
  private let current: Mutex<HealthState>
  private let now: @Sendable () -> Date
  private let start: Date
  private let logger: Logger

  /// Nothing known yet.
  /// - Parameters:
  ///   - graceTime: how long a component may be failing before the worker is not ready.
  ///   - now: the clock; by default one that starts at the wall clock's time and then does not follow its jumps.
  public init(
    graceTime: Duration = .seconds(30), now: @escaping @Sendable () -> Date = Health.steadyClock(),
    logger: Logger = Logger(label: "health")
  ) {
    start = now()
    current = Mutex(HealthState(graceTime: graceTime, at: start))
    self.now = now
    self.logger = logger
  }

  /// The health now.
  public var state: HealthState {
    let (state, notices) = current.withLock { state in
      state.instant = now()
      let notices = state.rejections.settle(at: elapsed)
      return (state, notices)
    }
    tell(notices)
    return state
  }

  /// Sets a component's state. Name every component once before the worker runs, as `.starting`, so that it is waited
  /// for.
  public func set(_ component: String, _ state: ComponentState) {
    current.withLock {
      $0.instant = now()
      $0.set(component, state)
    }
  }

  /// Marks that shutdown has begun.
  public func beginDraining() { current.withLock { $0.isDraining = true } }

  /// The wall clock at its making, moved on by the monotonic one.
  public static func steadyClock() -> @Sendable () -> Date {
    let (start, instant) = (Date(), ContinuousClock.now)
    return { start.addingTimeInterval((ContinuousClock.now - instant) / .seconds(1)) }
  }

  /// Says that a task is held back, or still is.
  /// - Parameters:
  ///   - cause: one of a few words, such as `rate_limit`; `shunt_task_held` has it as a label.
  ///   - reason: what holds it, in the other side's own words, and the remedy.
  public func hold(_ task: String, _ cause: String, because reason: String) {
    let hold = HoldLedger.Hold(task: task, cause: cause)
    let notice = current.withLock { $0.holds.hold(hold, because: reason, at: elapsed) }
    record(hold, isHeld: true)
    tell(notice)
  }

  /// Says that a task is no longer held back for this cause, where it was.
  public func release(_ task: String, _ cause: String) {
    let hold = HoldLedger.Hold(task: task, cause: cause)
    let (wasHeld, notice) = current.withLock { state in
      (state.holds.isHeld(hold), state.holds.release(hold, at: elapsed))
    }
    if wasHeld { record(hold, isHeld: false) }
    tell(notice)
  }

  /// Counts rejected samples.
  /// - Parameters:
  ///   - task: `nil` where it could not be read.
  ///   - reason: equal for equal faults, without what is one sample's own; `shunt_rejected_total` has it as a label.
  public func rejected(_ count: Int = 1, of task: String?, because reason: String) {
    guard count > 0 else { return }
    let (counted, notices) = current.withLock { $0.rejections.count(count, of: task, because: reason, at: elapsed) }
    Counter(label: "shunt_rejected_total", dimensions: [("task", counted.task ?? ""), ("reason", counted.text)])
      .increment(by: count)
    tell(notices)
  }

  private var elapsed: Duration { .seconds(now().timeIntervalSince(start)) }

  private func record(_ hold: HoldLedger.Hold, isHeld: Bool) {
    Gauge(label: "shunt_task_held", dimensions: [("task", hold.task), ("cause", hold.cause)]).record(isHeld ? 1 : 0)
  }

  private func tell(_ notice: HoldLedger.Notice?) {
    switch notice {
    case .began(let hold, let reason)?: logger.warning("task \(hold.task) waits (\(hold.cause)): \(reason)")
    case .ended(let hold, let duration)?:
      let seconds = duration.formatted(.units(allowed: [.hours, .minutes, .seconds, .milliseconds], width: .narrow))
      logger.notice("task \(hold.task) goes on (\(hold.cause)) after \(seconds)")
    case nil: break
    }
  }

  private func tell(_ notices: [RejectionTally.Notice]) {
    for notice in notices {
      switch notice {
      case .began(let reason, let count):
        logger.warning("\(count) samples of \(reason) were rejected, and more may follow; see 'shunt rejected list'")
      case .ended(let reason, let count):
        logger.notice("\(count) samples of \(reason) were rejected in all, none of late")
      }
    }
  }
}
