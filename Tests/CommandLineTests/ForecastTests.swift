import Foundation
import TestSupport
import Testing

/// What a run would take, told without asking: the server of these tasks is nowhere.
@Suite struct ForecastTests {
  private static func task(_ server: String = "", task: String = #""labels": ["apple", "pear"]"#) -> String {
    """
    {"task": {"name": "fruit", \(task)}, "large_model": {"kind": "chat_completions", "chat_completions": {
      "endpoints": ["https://llm.invalid/v1"], "model": "m", "api_key_variable": "NO_SUCH_KEY"\(server)}}}
    """
  }
  private static let prices = #", "prices": {"prompt": 1, "completion": 4}, "requests_per_minute": 100"#

  private func forecast(
    _ program: Program, _ file: String, _ options: [String] = []
  ) async throws -> String {
    let outcome = try await program.run(["forecast", file, "--task", "task"] + options)
    #expect(outcome.code == 0, "\(outcome)")
    return outcome.output
  }

  @Test func textsWithPricesAndLimits() async throws {
    try await withProgram { program in
      try program.write("task/task.json", Self.task(Self.prices))
      try program.write("rows.csv", "text\n" + (0..<300).map { "an apple number \($0)\n" }.joined())
      let all = try await forecast(program, "rows.csv")
      for part in [
        "300 rows of rows.csv, all looked at; nothing was asked", "hard: 100.0 %; there is no small model yet",
        "US dollars", "3m00s",
      ] { #expect(all.contains(part), "\(part) in \(all)") }
      #expect(!all.contains("nobody knows"))
      let some = try await forecast(program, "rows.csv", ["--sample", "50", "--json"])
      #expect(some.contains(#""sampled" : 50"#) && some.contains(#""rows" : 300"#), "\(some)")
    }
  }

  @Test func withoutPricesMoneyIsNotGuessed() async throws {
    try await withProgram { program in
      try program.write("task/task.json", Self.task())
      try program.write("rows.jsonl", Fruit.rows(0..<20))
      let text = try await forecast(program, "rows.jsonl")
      #expect(!text.contains("US dollars") && text.contains("chat_completions.prices"), "\(text)")
      #expect(text.contains("No limits a minute are set"))
    }
  }

  @Test func aPackedFileIsReadAsAnyOther() async throws {
    try await withProgram { program in
      try program.write("task/task.json", Self.task())
      try program.write("rows.jsonl", Fruit.rows(0..<40))
      let gzip = Process()
      gzip.executableURL = URL(filePath: "/usr/bin/env")
      gzip.arguments = ["gzip", program.folder.appending(path: "rows.jsonl").path]
      try gzip.run()
      gzip.waitUntilExit()
      #expect(try await forecast(program, "rows.jsonl.gz").contains("40 rows of rows.jsonl.gz"))
    }
  }

  @Test(arguments: [
    ("empty.csv", "empty.csv has no rows"), ("nowhere.csv", "nowhere.csv cannot be read"),
    ("bad.csv", "rows refused"), ("rows.csv --sample 0", "--sample is 0; give 1 or more"),
    ("rows.csv --text-field body", "has no field \"body\""),
  ])
  func whatCannotBeReadIsSaid(arguments: String, reason: String) async throws {
    try await withProgram { program in
      try program.write("task/task.json", Self.task())
      try program.write("empty.csv", "")
      try program.write("rows.csv", "text\nan apple\n")
      try program.write("bad.csv", "text,label\n,apple\n,pear\nan apple,apple\n")
      let parts = arguments.split(separator: " ").map(String.init)
      let outcome = try await program.run(["forecast", parts[0], "--task", "task"] + parts.dropFirst())
      #expect(outcome.code != 0 && outcome.errors.contains(reason), "\(outcome)")
    }
  }

  /// Captions of pictures are counted by `image_tokens`; a model that reads texts alone can do nothing with them.
  @Test func pictures() async throws {
    try await withProgram { program in
      try program.write("photos/notes.txt", "no picture")
      for number in 0..<4 {
        try Data(PlainPNG.file([UInt8(number), 0, 0]))
          .write(to: program.folder.appending(path: "photos/\(number).png"))
      }
      try program.write(
        "task/task.json", Self.task(#", "reads": ["image"], "image_tokens": 700"#, task: #""reply": "caption""#))
      let text = try await forecast(program, "photos", ["--bad-rows", "1"])
      #expect(text.contains("4 rows of photos") && text.contains("image_tokens (700)"), "\(text)")
      let json = try await forecast(program, "photos", ["--bad-rows", "1", "--json"])
      #expect(json.contains(#""unreadable_share" : 0"#), "\(json)")
      try program.write("task/task.json", Self.task())
      #expect(try await forecast(program, "photos", ["--bad-rows", "1"]).contains("100.0 % of the rows lack"))
    }
  }

  @Test(.enabled(if: Program.hasEncoder)) func theSmallModelSaysWhatIsHard() async throws {
    try await withProgram { program in
      try Fruit.write(to: program)
      #expect(
        try await program.run(["train", "--task", "task", "--data", "train.jsonl", "--held-out", "held.jsonl"]).code
          == 0)
      try program.write("rows.jsonl", Fruit.rows(600..<1100))
      #expect(try await forecast(program, "rows.jsonl").contains("the small model has no threshold yet"))
      #expect(try await program.run(["calibrate", "--task", "task", "--data", "held.jsonl"]).code == 0)
      let text = try await forecast(program, "rows.jsonl")
      #expect(text.contains("takes no tokens and no money"), "\(text)")
      // Each fifth text names both fruits, and no other is hard.
      #expect(text.contains("hard: 20.0 %\n"), "\(text)")
    }
  }
}
