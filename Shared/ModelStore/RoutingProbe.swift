import Foundation
import Postgres

/// How many samples of a task were routed together. Their answers come at different times, the hard ones' last; with the
/// count it can be told whether all are there.
public struct RoutingProbe: Sendable, Equatable {
  /// The task's name.
  public let task: String
  /// `routed_at` of each of the samples, to the millisecond.
  public let routedAt: Date
  /// How many.
  public let samples: Int
  /// How many of them were drawn to be audited.
  public let audits: Int

  /// A probe from plain fields.
  public init(task: String, routedAt: Date, samples: Int, audits: Int = 0) {
    self.task = task
    self.routedAt = routedAt
    self.samples = samples
    self.audits = audits
  }
}

extension ModelStore {
  /// For how many days probes are kept.
  public static let probeDays = 8

  /// Keeps what a router counted, and forgets what is too old to be asked for.
  public func add(_ probes: [RoutingProbe]) async throws {
    guard !probes.isEmpty else { return }
    try await connection.retryingTransaction(backoff: backoff) { session in
      for probe in probes {
        try session.execute(
          """
          INSERT INTO routing_probes AS p (task, routed_at, samples, audits) VALUES ($1, $2, $3, $4)
          ON CONFLICT (task, routed_at) DO UPDATE SET samples = p.samples + excluded.samples,
            audits = p.audits + excluded.audits
          """, [.text(probe.task), .timestamp(probe.routedAt), .integer(probe.samples), .integer(probe.audits)])
      }
      for task in Set(probes.map(\.task)).sorted() {
        try session.execute(
          "DELETE FROM routing_probes WHERE task = $1 AND routed_at < now() - make_interval(days => $2::integer)",
          [.text(task), .integer(Self.probeDays)])
      }
    }
  }

  /// A task's newest probes of a span, newest first: as many as have so many samples together, or all.
  public func probes(task: String, after start: Date, until end: Date, samples: Int) async throws -> [RoutingProbe] {
    try await read(
      """
      SELECT * FROM (
        SELECT *, sum(samples) OVER (ORDER BY routed_at DESC) - samples AS newer FROM (
          SELECT * FROM routing_probes WHERE task = $1 AND routed_at > $2 AND routed_at <= $3
          ORDER BY routed_at DESC LIMIT $4::bigint) AS newest) AS counted
      WHERE newer < $4::bigint ORDER BY routed_at DESC
      """, [.text(task), .timestamp(start), .timestamp(end), .integer(samples)]
    ).map {
      RoutingProbe(
        task: try $0["task"], routedAt: try $0["routed_at"], samples: try $0["samples"], audits: try $0["audits"])
    }
  }
}
