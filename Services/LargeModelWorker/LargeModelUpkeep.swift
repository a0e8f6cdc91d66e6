import Concurrency
import Foundation
import LargeModel
import LargeModelFlow
import LargeModelStore
import Logging
import Postgres
import ServiceLifecycle
import WorkerRuntime

/// Keeps this worker in step with the others of its tasks: leases of the limits, what was spent, the cache's size.
///
/// Stands before the worker in a runtime's list, so that it ends after it.
public struct LargeModelUpkeep: Service {
  /// How often it meets the others in the database.
  public struct Intervals: Sendable, Equatable {
    /// How long a lease holds; it is renewed every third of that. A new worker gets its part after two renewals.
    public var lease = Duration.seconds(15)
    /// Between two looks at what was spent.
    public var spending = Duration.seconds(1)
    /// Between two moves of a threshold.
    public var control = Duration.seconds(30)
    /// Between two times that old answers are forgotten.
    public var cache = Duration.seconds(600)

    /// The defaults.
    public init() {}
  }

  private let tasks: [String: LargeModelTask]
  private let store: LargeModelStore
  private let worker: String
  private let health: Health
  private let intervals: Intervals
  private let clock: RelativeClock
  private let logger: Logger

  /// Upkeep of a worker's tasks.
  /// - Parameter worker: names the process; unique among the living.
  public init(
    tasks: [String: LargeModelTask], store: LargeModelStore, worker: String, health: Health,
    intervals: Intervals = Intervals(), clock: RelativeClock = RelativeClock(), logger: Logger
  ) {
    self.tasks = tasks
    self.store = store
    self.worker = worker
    self.health = health
    self.intervals = intervals
    self.clock = clock
    self.logger = logger
  }

  /// Takes a first lease and a first look at what was spent; to be called before the worker asks anything.
  public func begin() async throws {
    for (name, server) in servers {
      await server.setShare(0)
      _ = try await renew(name, server)
    }
    for (name, account) in accounts { try await meet(name, account) }
  }

  /// Keeps up until a graceful shutdown; then says what was spent last and gives the leases up.
  /// - Throws: `PostgresError` that trying again cannot mend.
  public func run() async throws {
    if try await untilShutdown({ try await keepUp() }) != nil { return }
    do {
      for (name, account) in accounts { try await meet(name, account) }
      for (name, _) in servers { try await store.releaseLease(of: name, worker: worker) }
    } catch let error as PostgresError where error.fault != .program {
      logger.warning("what was spent last is not added up, and leases end by themselves: \(error)")
    }
  }

  private var servers: [(String, any ServedLargeModel)] {
    tasks.compactMap { name, task in task.server.flatMap { $0.hasLimits ? (name, $0) : nil } }
  }

  private var accounts: [(String, SpendingAccount)] {
    tasks.compactMap { name, task in task.account.map { (name, $0) } }
  }

  private func keepUp() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (name, server) in servers { group.addTask { try await keepLease(name, server) } }
      for (name, account) in accounts {
        group.addTask { try await every(intervals.spending) { try await meet(name, account) } }
        group.addTask { try await every(intervals.control) { try await control(name, account) } }
      }
      group.addTask { try await every(intervals.cache) { _ = try await store.deleteExpiredAnswers() } }
      try await group.waitForAll()
    }
  }

  /// Runs `body` again and again. An error that is not the program's own is logged, once for as long as it is the same;
  /// the next time mends it.
  private func every(_ interval: Duration, _ body: () async throws -> Void) async throws {
    var last: PostgresError?
    while true {
      try await clock.sleep(for: interval)
      do {
        try await body()
        last = nil
      } catch let error as PostgresError where error.fault != .program {
        if error != last { logger.warning("\(error)") }
        last = error
      }
    }
  }

  /// Renews a lease, and stops asking before it ends where that fails.
  private func keepLease(_ name: String, _ server: any ServedLargeModel) async throws {
    // At once: time may have passed since `begin`.
    var lastUse = try await renew(name, server) ?? .zero
    while true {
      await stop(name, server, after: lastUse)
      let next = clock.now + intervals.lease / 3
      try await clock.sleep(until: clock.now < lastUse ? min(next, lastUse) : next)
      // Before the renewal, which may take long.
      await stop(name, server, after: lastUse)
      lastUse = try await renew(name, server) ?? lastUse
    }
  }

  private func stop(_ name: String, _ server: any ServedLargeModel, after lastUse: Duration) async {
    guard clock.now >= lastUse else { return }
    await server.setShare(0)
    health.hold(name, "lease", because: "the lease of its limits has ended; nothing is asked until it is renewed")
  }

  /// - Returns: until when the share may be used; `nil` where the lease could not be renewed.
  private func renew(_ name: String, _ server: any ServedLargeModel) async throws -> Duration? {
    let (began, length, worker) = (clock.now, intervals.lease, worker)
    do {
      let lease = try await clock.withTimeout(length / 3) { [store] in
        try await store.renewLease(of: name) { RateLease.renewed(by: worker, among: $0, at: $1, length: length) }
      }
      await server.setShare(lease.share)
      if lease.share > 0 {
        health.release(name, "lease")
      } else {
        health.hold(name, "lease", because: "other workers hold all of its limits, until they next renew their leases")
      }
      return RateLease.lastUse(renewalBegan: began, length: length)
    } catch let error as PostgresError where error.fault != .program {
      logger.warning("task \(name): the lease of its limits cannot be renewed: \(error)")
    } catch is DeadlineExceeded {
      logger.warning("task \(name): the lease of its limits cannot be renewed in time")
    }
    return nil
  }

  private func meet(_ name: String, _ account: SpendingAccount) async throws {
    let cost = await account.takeUnsaid()
    do {
      let now = Date()
      await account.reload(try await store.spend(cost, of: name, at: now), at: now)
    } catch {
      await account.giveBack(cost)
      throw error
    }
  }

  private func control(_ name: String, _ account: SpendingAccount) async throws {
    guard let move = await account.control(at: Date()) else { return }
    logger.notice("task \(name): δ from \(move.from) to \(move.to), for \(move.spent) of \(move.limit) is spent")
    try await store.record(move, of: name, by: worker)
  }
}
