import Foundation
import Logging
import Postgres
import ResultStore

/// The table of answers on a private server, with what both sides of the comparison need of it.
struct BenchmarkTable {
  private let server: PrivateServer
  private let own: Connection

  init(server: PrivateServer) throws {
    self.server = server
    own = try Connection(PostgresSettings(server.connectionString))
  }

  func connection() throws -> Connection { try Connection(PostgresSettings(server.connectionString)) }

  /// Migrates, then fills the table and its sums: 3 tasks, 20 categories, 90 days.
  func fill(_ count: Int) async throws {
    try await ResultSchema.migrate(own)
    let step = 500_000
    for start in stride(from: 0, to: count, by: step) {
      try await own.execute(Self.fill, [.integer(start), .integer(min(count, start + step) - 1), .integer(count)])
    }
    try await own.run(script: Self.sums)
    try await own.run(script: "VACUUM ANALYZE")
  }

  func checkpoint() async throws { try await own.run(script: "CHECKPOINT") }

  func count() async throws -> Int { try await own.query("SELECT count(*) AS n FROM results").one()["n"] }

  /// Of the rows of a task, which the recorder has just written.
  func rowsPerSecond(task: String, count: Int) async throws -> Double {
    let batches = try await own.query(
      """
      SELECT extract(epoch FROM recorded_at)::float8 AS time, count(*) AS rows FROM results WHERE task = $1
      GROUP BY recorded_at ORDER BY recorded_at
      """, [.text(task)])
    let sizes = try batches.map { try $0["rows"] as Int }
    guard sizes.reduce(0, +) == count, sizes.count > 2, let last = sizes.last else {
      throw BenchmarkError("\(sizes.reduce(0, +)) of \(count) rows arrived, in \(sizes.count) batches")
    }
    let times = try batches.map { try $0["time"] as Double }
    return Double(count - last) / (times[times.count - 1] - times[0])
  }

  /// `psql \copy` of a task's rows under new ids, from a file in Postgres's text format.
  func rivalRowsPerSecond(like task: String, salt: String) async throws -> Double {
    let columns = try await self.columns()
    let file = "\(FileManager.default.temporaryDirectory.path)/shunt-benchmark-\(UUID().uuidString)"
    defer { unlink(file) }
    let values = columns.map { name in
      switch name {
      case "id": "overlay(overlay(md5(id || '\(salt)') placing '-4' from 13) placing '-' from 9) || '-abc'"
      case "task": "'rival \(salt)'"
      default: name
      }
    }
    try psql("\\copy (SELECT \(values.joined(separator: ", ")) FROM results WHERE task = '\(task)') TO '\(file)'")
    let start = ContinuousClock.now
    try psql("\\copy results (\(columns.joined(separator: ", "))) FROM '\(file)'")
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count: Int = try await own.query(
      "SELECT count(*) AS n FROM results WHERE task = $1", [.text("rival \(salt)")]
    ).one()["n"]
    return Double(count) / seconds
  }

  /// What the recorder writes; the rest are defaults.
  private func columns() async throws -> [String] {
    try await own.query(
      """
      SELECT column_name::text AS name FROM information_schema.columns
      WHERE table_name = 'results' AND column_name NOT IN ('sequence', 'transaction_id', 'recorded_at')
      ORDER BY ordinal_position
      """
    ).map { try $0["name"] }
  }

  private func psql(_ command: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["psql", "--no-psqlrc", "--quiet", "--dbname", server.connectionString, "--command", command]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchmarkError("psql ended with \(process.terminationStatus)") }
  }

  /// Of five, the median time to read a whole view, slowest view first.
  func viewSeconds() async throws -> [(view: String, seconds: Double)] {
    try await own.run(script: "VACUUM ANALYZE")
    let views: [String] = try await own.query(
      "SELECT table_name::text AS name FROM information_schema.views WHERE table_schema = 'public' ORDER BY 1"
    ).map { try $0["name"] }
    var seconds: [(view: String, seconds: Double)] = []
    for view in views {
      var times: [Double] = []
      for _ in 0..<5 {
        let start = ContinuousClock.now
        try await own.query("SELECT * FROM \(view)")
        times.append((ContinuousClock.now - start) / .seconds(1))
      }
      seconds.append((view, Comparison.median(times)))
    }
    return seconds.sorted { $0.seconds > $1.seconds }
  }

  private static let fill = """
    WITH distributions AS MATERIALIZED (
      SELECT first, array(SELECT 'intent_number_' || (first + 7 * k) % 150 FROM generate_series(0, 19) AS k) AS labels,
        array(SELECT 0.9::real / (k + 1) FROM generate_series(0, 19) AS k) AS probabilities
      FROM generate_series(0, 149) AS first)
    INSERT INTO results (
      task, id, label, confidence, answered_by, model_version, threshold, is_degraded, top_labels, top_probabilities,
      rest_probability, candidates_before, candidates_after, entropy_before, entropy_after, prompt_tokens,
      completion_tokens, cost, specific_label, specific_confidence, text, category, true_label, produced_at, routed_at,
      answered_at, has_replaced_nulls)
    SELECT 'task' || n % 3, gen_random_uuid()::text, 'intent_number_' || n % 150, 0.9,
      CASE n % 10 WHEN 0 THEN 'large' WHEN 1 THEN 'learnable' ELSE 'specific' END, 'version' || n % 10 / 2, 0.8, false,
      labels, probabilities, 0.01,
      CASE WHEN n % 10 = 0 THEN 150 END, CASE WHEN n % 10 = 0 THEN 30 END, CASE WHEN n % 10 = 0 THEN 7.2 END,
      CASE WHEN n % 10 = 0 THEN 4.1 END, CASE WHEN n % 10 = 0 THEN 320 END, CASE WHEN n % 10 = 0 THEN 4 END,
      CASE WHEN n % 10 = 0 THEN 0.0002 END, 'intent_number_' || n % 140, 0.7,
      CASE WHEN n % 10 = 0 THEN 'please tell me how much money is left on my second account' END,
      'category-' || n / 7 % 20, CASE WHEN n % 2 = 0 THEN 'intent_number_' || n % 149 END, at, at, at, false
    FROM generate_series($1::bigint, $2::bigint) AS n JOIN distributions ON first = n % 150,
      LATERAL (SELECT timestamptz '2026-01-01' + interval '90 days' * (n::float8 / $3::bigint) AS at) AS time
    """

  private static let sums = """
    INSERT INTO hourly_results
    SELECT date_trunc('hour', answered_at, 'UTC'), task, category, answered_by, model_version, count(*),
      count(*) FILTER (WHERE is_degraded), count(true_label), count(*) FILTER (WHERE label = true_label),
      count(*) FILTER (WHERE true_label IS NOT NULL AND specific_label IS NOT NULL),
      count(*) FILTER (WHERE specific_label = true_label), count(*) FILTER (WHERE specific_label = label),
      sum(confidence), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0), coalesce(sum(cost), 0),
      count(produced_at), coalesce(sum(extract(epoch FROM answered_at - produced_at)), 0)
    FROM results GROUP BY 1, 2, 3, 4, 5
    """
}

/// Why a benchmark could not be run to its end.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
