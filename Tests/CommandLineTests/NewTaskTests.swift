import Foundation
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
      for key in ["`chat_completions.prices.prompt`", "`target`", "shunt train --task tickets"] {
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
}
