import ArgumentParser
import Foundation
import Kafka
import Logging
import Messages
import Postgres
import Recorder
import ResultStore
import WorkerRuntime

/// The recorder, broker included, against `psql \copy` of the same rows (but for their ids) into the same table, which
/// holds many rows already; then the time that each of the analysts' views takes.
struct RecorderBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recorder", abstract: "Prints pairs of rows/s, and the seconds that each view takes.")

  @Option(help: "Rows that stand in the table before the first pair.") var rows = 10_000_000
  @Option(help: "Rows that each side of a pair writes.") var batch = 200_000
  @Option(help: "Pairs.") var pairs = 5
  @Option(help: "The recorder's batch size.") var batchSize = RecorderSettings().batchSize

  func run() async throws {
    let server = try await PrivateServer.start()
    do {
      let table = try BenchmarkTable(server: server)
      try await table.fill(rows)
      var comparison = try await compare(table)
      let views = try await table.viewSeconds()
      for (view, seconds) in views { comparison.facts["\(view)_seconds"] = seconds }
      comparison.facts["rows"] = Double(try await table.count())
      print(try comparison.json())
    } catch {
      try await server.stop()
      throw error
    }
    try await server.stop()
  }

  private func compare(_ table: BenchmarkTable) async throws -> Comparison {
    // The first run gives the rival its rows, and both sides a warm start.
    _ = try await RecorderRun(table: table, batchSize: batchSize).rowsPerSecond(batch, task: "warm")
    _ = try await table.rivalRowsPerSecond(like: "warm", salt: "warm")
    var comparison = Comparison()
    for number in 1...pairs {
      try await table.checkpoint()
      let ours = try await RecorderRun(table: table, batchSize: batchSize).rowsPerSecond(batch, task: "pair\(number)")
      try await table.checkpoint()
      comparison.append(ours: ours, rival: try await table.rivalRowsPerSecond(like: "warm", salt: "pair\(number)"))
    }
    return comparison
  }
}

/// One run of a recorder over answers that stand in Kafka.
private struct RecorderRun {
  let table: BenchmarkTable
  let batchSize: Int

  /// Rows a second from the start of the first transaction to the start of the last one, whose rows do not count: the
  /// joining of the group is left out, everything that a batch takes is in.
  func rowsPerSecond(_ count: Int, task: String) async throws -> Double {
    let topics = Topics(prefix: "\(task)-")
    // The embedded broker keeps 5 MiB a partition: so many that nothing falls out.
    let broker = try EmbeddedBroker(topics: [topics.results.name: 64, topics.labels.name: 1, topics.rejected.name: 1])
    try await produce(count, task: task, topics: topics, broker)
    let runtime = Runtime(name: "recorder", settings: RuntimeSettings(log: LogSettings(level: .error)))
    let recorder = Recorder(
      settings: RecorderSettings(batchSize: batchSize), kafka: broker.settings, topics: topics,
      store: ResultStore(try table.connection()), health: runtime.health, logger: runtime.logger)
    try await runtime.run([recorder]) { try await wait(for: count, topics: topics, broker) }
    return try await table.rowsPerSecond(task: task, count: count)
  }

  private func produce(_ count: Int, task: String, topics: Topics, _ broker: EmbeddedBroker) async throws {
    let producer = try Producer(settings: broker.settings)
    var messages = ResultMessages()
    for start in stride(from: 0, to: count, by: 20_000) {
      try await producer.publish(messages.batch(min(20_000, count - start), task: task, topic: topics.results))
    }
    try await producer.close()
  }

  private func wait(for count: Int, topics: Topics, _ broker: EmbeddedBroker) async throws {
    let admin = try Admin(settings: broker.settings)
    let group = RecorderSettings().group
    while try await admin.progress(of: group, in: [topics.results.name]).consumed < count {
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}
