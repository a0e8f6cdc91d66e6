import Foundation
import ModelStore
import Postgres
import SmallModel
import TestSupport
import Testing

/// A small model from rows to force, by the commands alone.
@Suite(.enabled(if: Program.hasEncoder, "needs the encoder; 'shunt models fetch' brings it"))
struct ModelLifeTests {
  private static let task = """
    {"task": {"name": "fruit"},
     "small_model": {"dimension": 16, "filters": {"1": 8}, "epochs": 3, "maximum_tokens": 16},
     "large_model": LARGE}
    """
  private static let recorded = #"{"kind": "recorded"}"#

  private func rows(_ numbers: Range<Int>) -> String {
    "nr;body;truth;recorded_llm_answer\n"
      + numbers.map {
        "\($0);\($0 % 2 == 0 ? "a ripe apple" : "a green pear") number \($0);\(label($0));\(label($0))\n"
      }
      .joined()
  }

  private func label(_ number: Int) -> String { number % 2 == 0 ? "apple" : "pear" }

  private static let fields = ["--text-field", "body", "--label-field", "truth", "--id-field", "nr"]

  /// Writes task and rows, and trains.
  private func train(_ program: Program) async throws -> Program.Outcome {
    try program.write("task/task.json", Self.task.replacing("LARGE", with: Self.recorded))
    try program.write("train.csv", rows(0..<60))
    try program.write("held.csv", rows(60..<100))
    return try await program.run(
      ["train", "--task", "task", "--data", "train.csv", "--held-out", "held.csv"] + Self.fields)
  }

  private func model(_ program: Program) throws -> Data {
    try Data(contentsOf: program.folder.appending(path: "task/specific.safetensors"))
  }

  @Test func fromRowsToForce() async throws {
    let server = try await PrivateServer.start(.init(isDurable: false))
    try await withProgram { program in
      program.environment["DATABASE_URL"] = server.connectionString
      let trained = try await train(program)
      #expect(trained.code == 0, "\(trained)")
      #expect(trained.errors.contains("train.csv: 60 texts are few to train on"))
      #expect(trained.errors.contains("held.csv: 40 held-out rows measure little"))

      // Without tables the remedy is init, not the task's file.
      let early = try await program.run(["check"])
      #expect(early.code != 0 && early.output.contains("Run 'shunt init': tables are missing."), "\(early)")
      let store = try await migrated(server)

      // Uncalibrated it is no version that a router could answer by.
      let refused = try await program.run(["models", "import", "task"])
      #expect(refused.code == 0)
      #expect(refused.output.contains("is candidate number 1 and not in force"), "\(refused)")
      #expect(refused.output.contains("'shunt calibrate"))
      for command in ["promote", "shadow"] {
        let outcome = try await program.run(["models", command, "1"])
        #expect(outcome.code != 0 && outcome.errors.contains("has no shunt threshold"), "\(outcome)")
      }

      let calibrated = try await program.run(["calibrate", "--task", "task", "--data", "held.csv"] + Self.fields)
      #expect(calibrated.code == 0 && calibrated.output.contains("chosen"), "\(calibrated)")
      let evaluated = try await program.run(["evaluate", "--task", "task", "--data", "held.csv"] + Self.fields)
      #expect(evaluated.code == 0 && evaluated.output.contains("shunt"), "\(evaluated)")
      let imported = try await program.run(["models", "import", "task"])
      #expect(imported.output.contains("is in force as specific model"), "\(imported)")

      // The specific model stays, because the task needs it.
      for arguments in [["models", "retire", "2"], ["models", "rollback", "fruit", "--role", "specific"]] {
        let outcome = try await program.run(arguments)
        #expect(outcome.code != 0 && outcome.errors.contains("needs"), "\(outcome)")
      }
      try await learnable(program, store)
    }
    try await server.stop()
  }

  private func migrated(_ server: PrivateServer) async throws -> ModelStore {
    let settings = try PostgresSettings(server.connectionString)
    let connection = try Connection(settings)
    try await ModelSchema.migrate(connection)
    await connection.close()
    return try ModelStore(settings)
  }

  /// Rolled back, the first learnable version goes back to none; a rejected one wants `--force`.
  private func learnable(_ program: Program, _ store: ModelStore) async throws {
    let description = ModelDescription(
      task: "fruit", role: .learnable, version: "l1", thresholds: [ModelCard.shuntThreshold: 0.5])
    let number = try await store.register(description, artifact: [1], who: "test").id
    #expect(try await program.run(["models", "promote", "\(number)"]).code == 0)
    let back = try await program.run(["models", "rollback", "fruit"])
    #expect(back.output == "task fruit has no learnable model in force, as before the first\n", "\(back)")

    #expect(try await program.run(["models", "promote", "\(number)"]).code == 0)
    let retired = try await program.run(["models", "retire", "\(number)"])
    #expect(retired.output == "l1 is retired\n", "\(retired)")

    var other = description
    other.version = "l2"
    let second = try await store.register(other, artifact: [2], who: "test").id
    try await store.move(second, to: .rejected, who: "gate", why: "tail 3 points worse")
    let refused = try await program.run(["models", "promote", "\(second)"])
    #expect(refused.code != 0 && refused.errors.contains("was rejected: tail 3 points worse; --force"), "\(refused)")
    #expect(try await program.run(["models", "promote", "\(second)", "--force"]).code == 0)
    #expect(try await store.serving().active[ModelSlot(task: "fruit", role: .learnable)]?.id == second)
  }

  /// With its server away nothing is measured, nothing is written, and it is said at once.
  @Test func aServerThatIsAwayGivesNoFigures() async throws {
    try await withProgram { program in
      #expect(try await train(program).code == 0)
      let calibrated = try await program.run(["calibrate", "--task", "task", "--data", "held.csv"] + Self.fields)
      #expect(calibrated.code == 0, "\(calibrated)")
      let server =
        #"{"kind": "chat_completions", "chat_completions": {"endpoints": ["http://127.0.0.1:1/v1"], "model": "m"}}"#
      try program.write("task/task.json", Self.task.replacing("LARGE", with: server))
      let before = try model(program)
      for command in ["calibrate", "evaluate"] {
        let outcome = try await program.run([command, "--task", "task", "--data", "held.csv"] + Self.fields)
        #expect(outcome.code != 0)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("the large model cannot be asked, so nothing is measured or written"))
        #expect(outcome.errors.contains("refused"), "\(outcome)")
      }
      #expect(try model(program) == before)
    }
  }

  /// An interrupt amid training leaves no half of a file behind.
  @Test func anInterruptLeavesNothingHalfWritten() async throws {
    try await withProgram { program in
      try program.write(
        "task/task.json",
        Self.task.replacing("LARGE", with: Self.recorded).replacing(
          #""epochs": 3"#, with: #""epochs": 10000, "patience": 10000"#))
      try program.write("train.csv", rows(0..<60))
      try program.write("held.csv", rows(60..<100))
      let (process, _, errors) = try program.process(
        ["train", "--task", "task", "--data", "train.csv", "--held-out", "held.csv"] + Self.fields)
      try process.run()
      try await eventually("an epoch") {
        String(decoding: try Data(contentsOf: errors), as: UTF8.self).contains("training the small model")
      }
      process.interrupt()
      process.waitUntilExit()
      // A shell shows 130 for either.
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: program.folder.appending(path: "task").path) == [
          "task.json"
        ])
    }
  }
}
