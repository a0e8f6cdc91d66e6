import Foundation
import Synchronization

/// The worker's health, shared by its services and its HTTP endpoints.
public final class Health: Sendable {
  private let current: Mutex<HealthState>
  private let now: @Sendable () -> Date

  /// Nothing known yet.
  /// - Parameters:
  ///   - graceTime: how long a component may be failing before the worker is not ready.
  ///   - now: the clock; by default one that starts at the wall clock's time and then does not follow its jumps.
  public init(graceTime: Duration = .seconds(30), now: @escaping @Sendable () -> Date = Health.steadyClock()) {
    current = Mutex(HealthState(graceTime: graceTime / .seconds(1), at: now()))
    self.now = now
  }

  /// The health now.
  public var state: HealthState {
    var state = current.withLock { $0 }
    state.instant = now()
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
}
