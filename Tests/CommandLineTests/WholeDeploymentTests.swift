import Foundation
import Kafka
import Messages
import Postgres
import TestSupport
import Testing

/// Each command of a deployment once, as a process of its own, from the first table to the last rejection.
@Suite(
  .enabled(if: Program.hasEncoder, "needs the encoder; 'shunt models fetch' brings it"),
  .enabled(if: KafkaCluster.external == nil, "topics have fixed names, so it brings its own broker"),
  .timeLimit(.minutes(10)))
struct WholeDeploymentTests {
  @Test func fromInitToReplay() async throws {
    let broker = try EmbeddedBroker(topics: Dictionary(uniqueKeysWithValues: Topics().all.map { ($0, 2) }))
    let server = try await PrivateServer.start(.init(isDurable: false))
    try await withProgram { program in
      program.environment["SHUNT_KAFKA_BROKERS"] = broker.bootstrapServers
      program.environment["DATABASE_URL"] = server.connectionString
      program.environment["SHUNT_SETTINGS"] = try program.write("shunt.json", Self.settings)
      try await bringModelsInForce(program)
      let workers = try ["router", "large-model-worker", "recorder", "distiller"].map {
        try RunningProgram(program, [$0])
      }
      let connection = try Connection(PostgresSettings(server.connectionString))
      try await pushAndCount(program, connection)
      try await rounds(program)
      try await versions(program)
      try await rejections(program, connection)
      await connection.close()
      // SIGTERM drains.
      for worker in workers { try await worker.end() }
    }
    try await server.stop()
  }

  private static let settings = """
    {"tasks": {"folders": ["task"]}, "http": {"port": 0}, "log": {"level": "warning"},
     "kafka": {"properties": {"session.timeout.ms": "6000"}},
     "router": {"taught_share": 1, "audit_share": 0.5},
     "distiller": {"tasks": {"fruit": {"held_out": "task/held-out.jsonl", "epochs": 2, "on_drift": "nothing"}}}}
    """

  /// Runs a command that must succeed.
  private func run(_ program: Program, _ arguments: String...) async throws -> String {
    let outcome = try await program.run(arguments)
    try #require(outcome.code == 0, "\(arguments): \(outcome)")
    return outcome.output
  }

  private func bringModelsInForce(_ program: Program) async throws {
    try Fruit.write(to: program)
    _ = try await run(program, "train", "--task", "task", "--data", "train.jsonl", "--held-out", "held.jsonl")
    _ = try await run(program, "calibrate", "--task", "task", "--data", "held.jsonl", "--picture", "curve.svg")
    #expect(FileManager.default.fileExists(atPath: program.folder.appending(path: "curve.svg").path))
    let first = try await run(program, "init")
    #expect(first.contains("is in force as specific model") && first.contains("topics: samples"), "\(first)")
    // A second one finds all of it in place.
    #expect(try await !run(program, "init").contains("is in force as specific model"))
    let check = try await run(program, "check")
    #expect(check.contains("ok    settings") && !check.contains("WRONG"), "\(check)")
  }

  private func count(_ what: String, _ connection: Connection) async throws -> Int {
    try await connection.query("SELECT count(*) AS n FROM \(what)").one()["n"]
  }

  /// Good samples get their row, and what has no task is rejected.
  private func pushAndCount(_ program: Program, _ connection: Connection) async throws {
    try program.write("stream.jsonl", Fruit.rows(600..<1100))
    _ = try await run(program, "produce", "stream.jsonl", "--task", "fruit")
    try program.write("lost.jsonl", Fruit.rows(1100..<1103))
    _ = try await run(program, "produce", "lost.jsonl", "--task", "vegetable")
    try await eventually("the rows", within: .seconds(120)) {
      let (answers, rejections) = (try await count("results", connection), try await count("rejections", connection))
      return answers == 500 && rejections == 3
    }
    let audits = try await count("results WHERE answered_by <> 'large'", connection) / 4
    try await eventually("audits") { try await count("audits", connection) > audits }
    #expect(try await count("results WHERE answered_by = 'large' AND label = true_label", connection) >= 50)
  }

  private func rounds(_ program: Program) async throws {
    let round = try await run(program, "distill", "now", "fruit")
    #expect(round.hasPrefix("round 1: "), "\(round)")
    let status = try await run(program, "distill", "status", "fruit")
    #expect(status.contains("finished"), "\(status)")
  }

  private func versions(_ program: Program) async throws {
    let list = try await run(program, "models", "list", "--task", "fruit")
    #expect(list.contains("learnable-1") && list.contains("active"), "\(list)")
    let shown = try await run(program, "models", "show", "1")
    #expect(shown.contains("threshold shunt") && shown.contains("sha256"), "\(shown)")
    let written = try await run(program, "models", "export", "1", "exported")
    #expect(written.hasPrefix("written: "))
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: program.folder.appending(path: "exported").path)
        .first { $0.hasSuffix(".json") })
    // The same bytes are the same version.
    #expect(try await run(program, "models", "import", "exported/\(file)").contains("number 1"))
    #expect(try await run(program, "models", "shadow").contains("would query"))
  }

  /// Replayed, they are rejected anew, for there is still no such task; a second replay finds those.
  private func rejections(_ program: Program, _ connection: Connection) async throws {
    let list = try await run(program, "rejected", "list", "--task", "vegetable")
    #expect(list.contains("f1100") && list.contains("\"vegetable\""), "\(list)")
    #expect(try await run(program, "rejected", "replay", "--task", "vegetable") == "replayed: 3\n")
    try await eventually("rejections anew") { try await count("rejections", connection) == 6 }
    #expect(try await count("open_rejections", connection) == 3)
  }

  /// Broker, database and workers in one process, which a Kafka client and a Postgres client reach.
  @Test func localModeAnswersUntilItIsInterrupted() async throws {
    try await withProgram { program in
      try Fruit.write(to: program)
      _ = try await run(program, "train", "--task", "task", "--data", "train.jsonl", "--held-out", "held.jsonl")
      _ = try await run(program, "calibrate", "--task", "task", "--data", "held.jsonl")
      let local = try RunningProgram(program, ["local", "--task", "task", "--partitions", "2"])
      let broker = try await local.line("broker:")
      let connection = try Connection(PostgresSettings(try await local.line("database:")))
      #expect(try await local.line("distiller:").contains("fruit"))
      try program.write("stream.jsonl", Fruit.rows(600..<700))
      _ = try await run(program, "produce", "stream.jsonl", "--task", "fruit", "--brokers", broker)
      try await eventually("the rows", within: .seconds(120)) { try await count("results", connection) == 100 }
      await connection.close()
      try await local.end(interrupting: true)
    }
  }

  /// A local large model behind the interface of a server says what it says by itself.
  @Test func aServedModelIsAskedByAnotherTask() async throws {
    try await withProgram { program in
      try Fruit.write(to: program)
      _ = try await run(program, "train", "--task", "task", "--data", "train.jsonl", "--held-out", "held.jsonl")
      _ = try await run(program, "calibrate", "--task", "task", "--data", "held.jsonl")
      try program.write("task/task.json", Fruit.task(large: #"{"kind": "zero_shot"}"#))
      let local = try await run(program, "evaluate", "--task", "task", "--data", "held.jsonl")
      let server = try RunningProgram(program, ["serve-large", "--task", "task", "--port", "0"])
      let chat = #"{"endpoints": ["\#(try await server.line("listens on"))"], "model": "zero-shot"}"#
      try program.write(
        "task/task.json", Fruit.task(large: #"{"kind": "chat_completions", "chat_completions": \#(chat)}"#))
      #expect(try await run(program, "evaluate", "--task", "task", "--data", "held.jsonl") == local)
      try await server.end()
      // Its answers are kept, so that it need not be there again.
      let again = try await program.run(["evaluate", "--task", "task", "--data", "held.jsonl"])
      #expect(again.output == local && again.errors.contains("the large model is not asked: 300 of 300"), "\(again)")
    }
  }
}
