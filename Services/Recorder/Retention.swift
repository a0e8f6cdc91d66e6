import Foundation
import Logging
import Metrics
import ResultStore
import ServiceLifecycle
import Settings
import WorkerRuntime

/// How long rows are kept after they were recorded; `nil` for ever.
public struct KeptRows: Sendable, Equatable {
  /// Audits too.
  public var answers: Duration?
  /// Hourly sums, by their hour.
  public var sums: Duration?
  /// Rejections, replayed or not.
  public var rejections: Duration?

  /// Everything for ever, unless told.
  public init(answers: Duration? = nil, sums: Duration? = nil, rejections: Duration? = nil) {
    self.answers = answers
    self.sums = sums
    self.rejections = rejections
  }

  /// Reads `keep_answers`, `keep_sums` and `keep_rejections`.
  init(_ reader: SettingsReader) {
    let range: ClosedRange<Duration> = .seconds(3_600) ... .seconds(100 * 365 * 86_400)
    reader.read(
      "keep_answers", &answers, .duration(in: range),
      help:
        "How long answers and audits are kept; for ever unless set. Longer than Kafka keeps them: an answer that is "
        + "read again after its row is gone would be recorded, and counted, as a new one.")
    reader.read("keep_sums", &sums, .duration(in: range), help: "How long hourly sums are kept, by their hour.")
    reader.read(
      "keep_rejections", &rejections, .duration(in: range), help: "How long rejections are kept, replayed or not.")
  }

  /// Whether anything is deleted.
  public var isLimited: Bool { self != KeptRows() }
}

/// Deletes what is older than `recorder.keep_answers`, `.keep_sums` and `.keep_rejections`, at the start and then every
/// hour.
public struct Retention: Service {
  private let kept: KeptRows
  private let store: ResultStore
  private let logger: Logger

  /// Keeps rows for so long. `store` should be on a connection of its own, so that recording need not wait.
  public init(keeping kept: KeptRows, store: ResultStore, logger: Logger) {
    self.kept = kept
    self.store = store
    self.logger = logger
  }

  private static let interval = Duration.seconds(3_600)

  /// Deletes until a graceful shutdown.
  /// - Throws: `PostgresError` that trying again cannot mend.
  public func run() async throws {
    _ = try await untilShutdown {
      while true {
        try await deleteExpired(now: Date())
        try await Task.sleep(for: Self.interval)  // A schedule: nothing waits for it.
      }
    }
  }

  func deleteExpired(now: Date) async throws {
    try await delete("answers", olderThan: kept.answers, now) { try await store.deleteRecorded(before: $0) }
    try await delete("sums", olderThan: kept.sums, now) { try await store.deleteSums(before: $0) }
    try await delete("rejections", olderThan: kept.rejections, now) { try await store.deleteRejections(before: $0) }
  }

  private func delete(
    _ kind: String, olderThan age: Duration?, _ now: Date, _ delete: (Date) async throws -> Int
  ) async throws {
    guard let age else { return }
    let count = try await delete(now.addingTimeInterval(-(age / .seconds(1))))
    Counter(label: "shunt_recorder_expired_rows_total", dimensions: [("kind", kind)]).increment(by: count)
    if count > 0 { logger.info("deleted \(count) \(kind) older than recorder.keep_\(kind)") }
  }
}
