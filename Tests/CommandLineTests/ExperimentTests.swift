import Foundation
import Testing

/// `shunt experiment` and `shunt report`: rows to figures, figures to a page.
@Suite(.enabled(if: Program.hasEncoder, "needs the encoder; 'shunt models fetch' brings it"), .timeLimit(.minutes(5)))
struct ExperimentTests {
  /// Of the fruit the recorded model is wrong on every tenth row.
  private func writeData(to program: Program) throws {
    let rows = (0..<1300).map { number in
      let label = Fruit.label(number)
      let other = label == "apple" ? "pear" : "apple"
      let answer = number % 10 == 0 ? other : label
      return
        #"{"id":"f\#(number)","text":"\#(Fruit.text(number))","label":"\#(label)","recorded_llm_answer":"\#(answer)"}"#
    }
    try program.write("data/banking77/train.jsonl", Fruit.rows(2000..<2100))
    try program.write("data/banking77/test.jsonl", rows.joined(separator: "\n"))
    try program.write("task/task.json", Fruit.task(large: #"{"kind": "recorded", "accuracy": 0.9}"#))
  }

  private func figures(_ program: Program, _ report: String) throws -> [String: Any] {
    let data = try Data(contentsOf: program.folder.appending(path: report))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func number(_ figures: [String: Any], _ part: String, _ key: String) throws -> Double {
    try #require((figures[part] as? [String: Any])?[key] as? Double)
  }

  @Test func figuresFollowFromTheRowsAndTheSeed() async throws {
    try await withProgram { program in
      try writeData(to: program)
      for report in ["one.json", "two.json"] {
        let outcome = try await program.run([
          "experiment", "banking77", "--data", "data", "--task", "task", "--report", report, "--commit", "abc1234",
          "--output", "models", "--picture", "curve.svg",
        ])
        #expect(outcome.code == 0 && outcome.output.contains("accuracy by query share"), "\(outcome)")
      }
      let (one, two) = (try figures(program, "one.json"), try figures(program, "two.json"))
      // 1,000 rows choose the threshold, the others are scored; a tenth of all is answered wrongly by the recording.
      let counts = try #require(one["counts"] as? [String: Int])
      #expect(counts["held_out"] == 1000 && counts["test"] == 300 && counts["training"] == 40)
      #expect(abs(try number(one, "large", "accuracy") - 0.9) < 0.05)
      let (small, shunt) = (try number(one, "small", "accuracy"), try number(one, "shunt", "accuracy"))
      #expect(small > 0.5 && shunt >= small && shunt <= 1)
      for (part, key) in [
        ("small", "accuracy"), ("shunt", "accuracy"), ("shunt", "query_share"), ("shunt", "threshold"),
      ] {
        #expect(try number(one, part, key) == number(two, part, key), "\(part) \(key)")
      }
      let origin = try #require(one["origin"] as? [String: String])
      #expect(origin["commit"] == "abc1234" && origin["date"]?.wholeMatch(of: #/\d{4}-\d\d-\d\d/#) != nil)
      for file in ["models/specific.safetensors", "models/held-out.jsonl", "curve.svg"] {
        #expect(FileManager.default.fileExists(atPath: program.folder.appending(path: file).path), "\(file)")
      }
    }
  }

  /// Each has its settings in a file of its own, and what another file says of the large model's answers holds for all.
  @Test func smallModelsStandSideBySide() async throws {
    try await withProgram { program in
      try writeData(to: program)
      try program.write("task/small_model.lstm.json", #"{"epochs": 2, "dimension": 32, "hidden": 16}"#)
      let outcome = try await program.run([
        "experiment", "banking77", "--data", "data", "--task", "task", "--small", "all", "--report", "both.json",
        "--picture", "sweep.svg",
      ])
      #expect(outcome.code == 0, "\(outcome)")
      let table = outcome.output.split(separator: "\n").map(String.init)
      #expect(table.contains { $0.hasPrefix("small model") && $0.contains("queries") }, "\(outcome.output)")
      for name in ["text-cnn", "lstm"] { #expect(table.contains { $0.hasPrefix(name) }, "\(name)") }
      let report = try figures(program, "both.json")
      let other = try #require((report["others"] as? [[String: Any]])?.first)
      #expect((report["versions"] as? [String: Any])?["architecture"] as? String == "text-cnn")
      #expect((other["versions"] as? [String: Any])?["architecture"] as? String == "lstm")
      #expect((other["test_curve"] as? [Any])?.isEmpty == false)
      let picture = try String(contentsOf: program.folder.appending(path: "sweep.svg"), encoding: .utf8)
      #expect(picture.contains(">text-cnn<") && picture.contains(">lstm<"))
      let page = try await program.run(["report", "both.json"])
      #expect(page.output.contains("| both, text-cnn |") && page.output.contains("| both, lstm |"))
    }
  }

  @Test(arguments: [
    (["--small", "lstm", "--small", "text-cnn", "--output", "models"], "--output keeps one small model"),
    (["--small", "nothing.safetensors"], "nothing.safetensors"),
    (["--small", "lstm"], "small_model.lstm.json"),
    (["--answer-field", "gpt"], "\"gpt\""),
  ])
  func whatNamesNoSmallModelOrAnswerIsRefused(options: [String], words: String) async throws {
    try await withProgram { program in
      try writeData(to: program)
      try program.write("task/small_model.lstm.json", #"{"layers": 2}"#)
      let outcome = try await program.run(["experiment", "banking77", "--data", "data", "--task", "task"] + options)
      #expect(outcome.code != 0 && outcome.errors.contains(words), "\(outcome)")
    }
  }

  @Test func aPageSaysSeedCommitAndDate() async throws {
    try await withProgram { program in
      let score = #"{"accuracy": 0.8, "query_share": 0.25, "threshold": 0.5}"#
      try program.write(
        "fruit.json",
        """
        {"name": "x", "seed": 7, "origin": {"commit": "abc1234", "date": "2026-11-27"},
         "versions": {"small": "s", "large": "l"}, "counts": {"test": 4500}, "small": {"accuracy": 0.7},
         "large": {"accuracy": 0.6}, "shunt": \(score), "prompt": {"none": \(score), "soft": \(score)}, "curve": [],
         "distilled": {"accuracy": 0.9, "query_share": 0.02, "rounds": 1,
           "history": [{"samples": 600, "query_share": 0.3, "outcome": "promoted"}]},
         "ablation": [{"name": "stage 1 only", "accuracy": 0.85, "query_share": 0.03}]}
        """)
      let outcome = try await program.run(["report", "fruit.json", "--output", "docs/results.md"])
      #expect(outcome.code == 0 && outcome.output == "", "\(outcome)")
      let page = try String(contentsOf: program.folder.appending(path: "docs/results.md"), encoding: .utf8)
      for line in [
        "| fruit | 4,500 | 70.0 % | 60.0 % | 80.0 % | 25.0 % | 7 | `abc1234` | 2026-11-27 |",
        "80.0 % at 25.0 % queries before, 90.0 % at 2.0 % after.", "| 1 | 600 | 30.0 % | promoted |",
        "| soft | 80.0 % | 25.0 % |", "| stage 1 only | 85.0 % | 3.0 % |",
      ] {
        #expect(page.contains(line), "\(line) in \(page)")
      }
      let shown = try await program.run(["report", "fruit.json"])
      #expect(shown.output.trimmingCharacters(in: .newlines) == page.trimmingCharacters(in: .newlines))
    }
  }

  @Test func whatIsNoReportIsRefusedByItsName() async throws {
    try await withProgram { program in
      try program.write("rows.json", "[]")
      let outcome = try await program.run(["report", "rows.json"])
      #expect(outcome.code != 0 && outcome.errors.contains("rows.json is no report of an experiment"), "\(outcome)")
    }
  }
}
