import Concurrency
import Foundation

/// One worker's part of a task's limits, requests and tokens a minute, as the lease table has it.
///
/// Limits hold across the workers of a task because the claimed shares never sum to more than 1. Each worker renews its
/// lease every third of its length, in one transaction that locks the task.
///
/// A worker that comes gets what the others have not claimed, at first perhaps nothing; they give way to 1/n when they
/// renew, and it gets its 1/n when it renews next. A worker that dies is counted until its lease ends. A worker that
/// cannot renew stops asking before that: `lastUse`.
public struct RateLease: Sendable, Equatable {
  /// Names the worker's process; unique among the living.
  public let worker: String
  /// Its part of the task's limits, 0 to 1.
  public let share: Double
  /// When others may take its share, by the database's clock.
  public let expiresAt: Date

  /// A lease as the table has it.
  public init(worker: String, share: Double, expiresAt: Date) {
    self.worker = worker
    self.share = share
    self.expiresAt = expiresAt
  }

  /// A worker's next lease: an even part, but no more than the living others leave unclaimed.
  /// - Parameters:
  ///   - leases: all of the task, the worker's own among them or not.
  ///   - now: the database's time.
  ///   - length: how long the lease holds.
  public static func renewed(
    by worker: String, among leases: [RateLease], at now: Date, length: Duration
  ) -> RateLease {
    let others = leases.filter { $0.worker != worker && $0.expiresAt > now }
    let unclaimed = max(0, 1 - others.reduce(0) { $0 + $1.share })
    let share = min(1 / Double(others.count + 1), unclaimed)
    return RateLease(worker: worker, share: share, expiresAt: now.addingTimeInterval(length.seconds))
  }

  /// Until when a worker may use its share by its own clock, whatever the database's says: counted from before the
  /// renewal began, and a tenth short, so that it has stopped before another one takes over.
  /// - Parameter renewalBegan: time since any fixed start.
  public static func lastUse(renewalBegan: Duration, length: Duration) -> Duration { renewalBegan + length * 9 / 10 }
}
