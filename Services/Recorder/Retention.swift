import Foundation
import Logging
import Metrics
import ResultStore
import ServiceLifecycle
import WorkerRuntime

/// Deletes answers that are older than `recorder.keep_answers`, at the start and then every hour.
public struct Retention: Service {
  private let kept: Duration
  private let store: ResultStore
  private let logger: Logger
  private let deleted = Counter(label: "shunt_recorder_expired_rows_total")

  /// Keeps answers for so long. `store` should be on a connection of its own, so that recording need not wait.
  public init(keeping kept: Duration, store: ResultStore, logger: Logger) {
    self.kept = kept
    self.store = store
    self.logger = logger
  }

  private static let interval = Duration.seconds(3_600)

  /// Deletes until a graceful shutdown.
  /// - Throws: `PostgresError` that trying again cannot mend.
  public func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        while true {
          try await deleteExpired(now: Date())
          try await Task.sleep(for: Self.interval)  // A schedule: nothing waits for it.
        }
      }
    } catch is CancellationError {
      logger.debug("stops looking for old answers")
    }
  }

  func deleteExpired(now: Date) async throws {
    let count = try await store.deleteRecorded(before: now.addingTimeInterval(-(kept / .seconds(1))))
    deleted.increment(by: count)
    if count > 0 { logger.info("deleted \(count) answers older than recorder.keep_answers") }
  }
}
