import Foundation
import Postgres
import TestSupport
import Testing

/// From an empty folder to a calibrated task.
@Suite(.serialized) struct NewTaskTests {
  private func run(_ program: Program, _ arguments: String...) async throws -> Program.Outcome {
    let outcome = try await program.run(arguments)
    try #require(outcome.code == 0, "\(arguments): \(outcome)")
    return outcome
  }

  private func text(_ program: Program, _ file: String) throws -> String {
    try String(contentsOf: program.folder.appending(path: file), encoding: .utf8)
  }

  @Test func namesAndAServerMakeATask() async throws {
    try await withProgram { program in
      let made = try await run(
        program, "new", "tickets", "--labels", "billing, bug", "--endpoint", "https://llm.example/v1", "--model", "m",
        "--key-variable", "LLM_KEY", "--agree", "95")
      #expect(made.output.contains("shunt check --task tickets"), "\(made)")
      let json = try text(program, "tickets/task.json")
      for part in [
        #""name" : "tickets""#, #""billing","#, #""endpoints" : ["#, #""api_key_variable" : "LLM_KEY""#,
        #""rule" : "parity""#, #""target" : 0.95"#,
      ] { #expect(json.contains(part), "\(part) in \(json)") }
      let page = try text(program, "tickets/README.md")
      #expect(!page.contains("shunt train"))
      for key in ["`chat_completions.prices.prompt`", "`target`", "shunt local --task tickets"] {
        #expect(page.contains(key), "\(key)")
      }
      let check = try await program.run(["check", "--task", "tickets"])
      #expect(check.code != 0 && check.output.contains("LLM_KEY"), "\(check)")
      #expect(try await program.run(["new", "tickets", "--labels", "a,b"]).code != 0)
      #expect(try text(program, "tickets/task.json") == json)
    }
  }

  @Test func labelsComeFromAColumn() async throws {
    try await withProgram { program in
      try program.write("labels.csv", "kind\nbug\nbilling\nbug\n")
      _ = try await run(
        program, "new", "tickets", "--labels-from", "labels.csv", "--label-field", "kind", "--budget", "20")
      let json = try text(program, "tickets/task.json")
      #expect(json.contains(#""query_budget" : 0.2"#) && json.contains(#""kind" : "zero_shot""#), "\(json)")
      #expect(json.ranges(of: "bug").count == 1 && json.ranges(of: "billing").count == 1, "\(json)")
    }
  }

  /// The commands that it names are run as they stand.
  @Test(.enabled(if: Program.hasEncoder)) func rowsAreLearntFromByTheNextCommands() async throws {
    try await withProgram { program in
      try program.write("rows.jsonl", Fruit.rows(0..<400))
      let made = try await run(program, "new", "fruit/", "--data", "rows.jsonl")
      let (training, heldOut) = (try text(program, "fruit/train.jsonl"), try text(program, "fruit/validation.jsonl"))
      #expect(training.ranges(of: "\n").count == 320 && heldOut.ranges(of: "\n").count == 80)
      #expect(Set(training.split(separator: "\n")).isDisjoint(with: heldOut.split(separator: "\n")))
      #expect(try await program.run(["check", "--task", "fruit"]).output.contains("run 'shunt train'"))
      let commands = made.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      for name in ["train", "calibrate"] {
        let command = try #require(commands.first { $0.starts(with: ["shunt", name]) })
        let outcome = try await program.run(Array(command.dropFirst()))
        #expect(outcome.code == 0 && outcome.output.contains("next: "), "\(outcome)")
      }
      #expect(try text(program, "fruit/held-out.jsonl").contains("large_label"))
      #expect(try await run(program, "check", "--task", "fruit").output.contains("ok    large model"))
    }
  }

  /// Two names and a server: nobody labels anything, and in the end a small model answers.
  @Test(.enabled(if: Program.hasEncoder)) func namesAloneBecomeAStreamThatLearns() async throws {
    try await withProgram { program in
      program.environment["SHUNT_HTTP_PORT"] = "0"
      let answers = try program.write("answers.jsonl", Fruit.rows(0..<900))
      try program.write(
        "oracle/task.json",
        #"{"task": {"name": "oracle", "labels": ["apple", "pear"]}, "#
          + #""large_model": {"kind": "recorded", "file": "\#(answers)", "accuracy": 1}}"#)
      let server = try RunningProgram(program, ["serve-large", "--task", "oracle", "--port", "0"])
      _ = try await run(
        program, "new", "fruit", "--labels", "apple,pear", "--endpoint", try await server.line("listens on"),
        "--model", "m", "--agree", "80")
      let local = try RunningProgram(program, ["local", "--task", "fruit", "--partitions", "2"])
      let broker = try await local.line("broker:")
      program.environment["DATABASE_URL"] = try await local.line("database:")
      #expect(try local.text.contains("task fruit: no small model yet; the large model answers everything"))
      let connection = try Connection(PostgresSettings(try #require(program.environment["DATABASE_URL"])))
      try await produce(0..<800, program, broker, until: 800, connection)
      #expect(try await count("results WHERE answered_by = 'large'", connection) == 800)

      let scan = try await run(program, "scan", "fruit").output
      #expect(scan.contains("800 answers") && scan.contains("at 95.0 %"), "\(scan)")
      let json = try await run(program, "scan", "fruit", "--json", "--answers", "400").output
      #expect(json.contains(#""answers" : 400"#) && json.contains(#""learnt_from" : 200"#), "\(json)")

      let round = try await run(program, "distill", "now", "fruit").output
      #expect(round.contains("round 1: promoted"), "\(round)")
      #expect(try await run(program, "models", "list").output.contains("specific-1"))
      try await eventually("the first model in the router") {
        try local.said.contains("is answered by specific-1")
      }
      try await produce(800..<900, program, broker, until: 900, connection)
      #expect(try await count("results WHERE answered_by = 'specific'", connection) > 20)
      await connection.close()
      try await local.end(interrupting: true)
      try await server.end()
    }
  }

  private func count(_ what: String, _ connection: Connection) async throws -> Int {
    try await connection.query("SELECT count(*) AS n FROM \(what)").one()["n"]
  }

  /// Pushes rows without their labels, and waits until there are so many answers.
  private func produce(
    _ numbers: Range<Int>, _ program: Program, _ broker: String, until rows: Int, _ connection: Connection
  ) async throws {
    try program.write("texts.csv", "text\n" + numbers.map { Fruit.text($0) + "\n" }.joined())
    _ = try await run(program, "produce", "texts.csv", "--task", "fruit", "--brokers", broker)
    try await eventually("\(rows) rows", within: .seconds(120)) { try await count("results", connection) == rows }
  }
}
