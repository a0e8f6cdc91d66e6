import Foundation
import Kafka
import Messages
import Postgres
import ResultStore
import TestSupport
import Testing

/// Labels from a file, as a person gives them.
@Suite(.enabled(if: KafkaCluster.external == nil, "topics have fixed names, so it brings its own broker"))
struct LabelImportTests {
  private static let task = #"{"task": {"name": "fruit", "labels": ["apple", "pear"]}}"#
  private static let answers = (1...4).map {
    ResultRow(
      task: "fruit", id: "f\($0)", reply: .label("apple"), confidence: 0.9, answeredBy: .large, modelVersion: "v",
      answeredAt: Date())
  }

  @Test func labelsOfAFileStandInTheAnswers() async throws {
    let broker = try EmbeddedBroker(topics: Dictionary(uniqueKeysWithValues: Topics().all.map { ($0, 1) }))
    let server = try await PrivateServer.start(.init(isDurable: false))
    try await withProgram { program in
      program.environment["SHUNT_KAFKA_BROKERS"] = broker.bootstrapServers
      program.environment["DATABASE_URL"] = server.connectionString
      try program.write("task/task.json", Self.task)
      #expect(try await program.run(["init"]).output.contains("labels"))
      let connection = try Connection(PostgresSettings(server.connectionString))
      _ = try await ResultStore(connection).write(Self.answers)
      try program.write("labels.csv", "ticket,queue\nf1,apple\nf2,pear\nf3,plum\n,pear\nlate,pear\n")
      let options = ["--task", "task", "--id-field", "ticket", "--label-field", "queue", "--by", "anna"]
      let refused = try await program.run(["label", "import", "labels.csv"] + options)
      #expect(refused.code != 0 && refused.errors.contains("label \"plum\" is none of the task's 2"), "\(refused)")
      #expect(refused.errors.contains("field \"ticket\" is missing or empty"), "\(refused)")
      #expect(try await connection.query("SELECT FROM labels").isEmpty)
      let taken = try await program.run(["label", "import", "labels.csv", "--bad-rows", "2"] + options)
      #expect(taken.code == 0, "\(taken)")
      #expect(taken.output == "3 labels of task fruit: 2 of samples with an answer, 1 wait for theirs\n", "\(taken)")
      let judged = try await connection.query(
        "SELECT id, quality FROM results WHERE true_label IS NOT NULL ORDER BY id")
      #expect(try judged.map { try $0["id"] } == ["f1", "f2"])
      #expect(try judged.map { try $0["quality"] as Float } == [1, 0])
      // The name does as well as the folder, once a model in force tells the labels; here none does.
      let named = try await program.run(["label", "import", "labels.csv", "--task", "fruit"])
      #expect(named.code != 0 && named.errors.contains("it has no small model in force"), "\(named)")
      try await labelByHand(program, connection)
      try await report(program, connection)
      await connection.close()
    }
    try await server.stop()
  }

  /// Two that the models disagree on, one of them like a third, which then is not shown; and one that is merely unsure.
  private static func shown(_ now: Date) -> [ResultRow] {
    [
      ("d1", "apple", Float(0.9), "pear", Float(0.85), "round and red", now),
      ("d2", "apple", 0.9, "pear", 0.8, "round and red!", now),
      ("d3", "pear", 0.9, "apple", 0.5, "long \u{1b}[31m and green", now),
      ("d4", "pear", 0.6, "pear", 0.4, "neither this nor that", now + 5),
    ].map { id, large, confidence, small, doubt, text, routedAt in
      ResultRow(
        task: "fruit", id: id, reply: .label(large), confidence: confidence, answeredBy: .large, modelVersion: "v",
        specific: SpecificAnswer(label: small, confidence: doubt), text: text, routedAt: routedAt, answeredAt: now)
    }
  }

  private func labelByHand(_ program: Program, _ connection: Connection) async throws {
    _ = try await ResultStore(connection).write(Self.shown(Date()))
    let asked = try await program.run(["label", "task", "--by", "ben"], input: "banana\n1\nu\n2\ns\napp\n")
    #expect(asked.code == 0, "\(asked)")
    for part in [
      "[1 of 3] the large model may be wrong: small says pear 0.85, large apple 0.90\nround and red\n1 apple   2 pear",
      "no label begins with \"banana\"", "[2 of 3] the models disagree", "long \u{FFFD}[31m and green",
      "[3 of 3] unsure: pear 0.60", "2 labels of task fruit recorded",
    ] { #expect(asked.output.contains(part), "\(part) in \(asked.output)") }
    let said = try await connection.query("SELECT id, label FROM labels WHERE labelled_by = 'ben' ORDER BY id")
    #expect(try said.map { try $0["id"] } == ["d1", "d4"])
    #expect(try said.map { try $0["label"] } == ["pear", "apple"])
  }

  private func report(_ program: Program, _ connection: Connection) async throws {
    let text = try await program.run(["report", "task", "--picture", "curve.svg"])
    #expect(text.code == 0, "\(text)")
    for part in ["task fruit", "large", "a day at this pace", "1 breakable", "cheapest within its error"] {
      #expect(text.output.contains(part), "\(part) in \(text.output)")
    }
    #expect(FileManager.default.fileExists(atPath: program.folder.appending(path: "curve.svg").path))
    let markdown = try await program.run(["report", "fruit", "--format", "markdown"])
    #expect(markdown.output.contains("# task fruit") && markdown.output.contains("| answered by |"), "\(markdown)")
    let json = try await program.run(["report", "fruit", "--format", "json"])
    #expect(json.output.contains(#""answered_by" : "large""#) && json.output.contains(#""judged" : 2"#), "\(json)")
    #expect(!text.output.contains("audited"), "\(text)")
    let easy = ResultRow(
      task: "fruit", id: "easy", reply: .label("pear"), confidence: 0.9, answeredBy: .specific, modelVersion: "s",
      answeredAt: Date())
    _ = try await ResultStore(connection).write([easy])
    let unaudited = try await program.run(["report", "fruit"])
    #expect(unaudited.output.contains("No easy answer was audited"), "\(unaudited)")
    let unknown = try await program.run(["report", "nobody"])
    #expect(unknown.code == 0 && unknown.output.contains("Nothing is recorded of it."), "\(unknown)")
  }
}
