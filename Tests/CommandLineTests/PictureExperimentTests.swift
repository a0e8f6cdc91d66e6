import Foundation
import TestSupport
import Testing

/// `shunt experiment cifar100-lt` on a few pictures of one colour, with an encoder that the tests have.
@Suite(.timeLimit(.minutes(5)))
struct PictureExperimentTests {
  /// Rows of pictures, red and blue in turn; one file a use.
  private func writeData(to program: Program) throws {
    for (number, (name, count)) in [("train", 60), ("validation", 20), ("support", 12), ("test", 30), ("stream", 40)]
      .enumerated()
    {
      let rows = (0..<count).map { row in
        let isRed = row % 2 == 1
        let (bright, dark) = (UInt8(200 + row % 50), UInt8(10 + number * 5 + row / 2))
        let file = PlainPNG.file(isRed ? [bright, dark, 20] : [20, dark, bright], width: 32, height: 32)
        let image = #"{"media_type":"image/png","data":"\#(Data(file).base64EncodedString())"}"#
        return #"{"id":"\#(name)-\#(row)","image":\#(image),"label":"\#(isRed ? "red" : "blue")"}"#
      }
      try program.write("data/cifar100-lt/\(name).jsonl", rows.joined(separator: "\n"))
    }
    try program.write(
      "data/cifar100-lt/classes.json",
      #"[{"label":"blue","train_count":30,"region":"head"},{"label":"red","train_count":30,"region":"tail"}]"#)
    try program.write(
      "task/task.json",
      """
      {"task": {"name": "colours", "reads": ["image"]},
       "small_model": {"architecture": "resnet", "depth": 8, "batch_size": 8, "learning_rate": 0.02,
                       "checkpoint": "task/training.checkpoint"},
       "large_model": {"kind": "linear_head", "encoder": "\(TinyImageEncoder.name)"},
       "pruning": {"mode": "auto"}, "threshold": {"rule": "query_budget", "query_budget": 0.5}}
      """)
  }

  private func figures(_ program: Program, _ arguments: [String]) async throws -> [String: Any] {
    let outcome = try await program.run(
      ["experiment", "cifar100-lt", "--data", "data", "--task", "task", "--report", "report.json"] + arguments)
    try #require(outcome.code == 0, "\(outcome)")
    let data = try Data(contentsOf: program.folder.appending(path: "report.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func aTrainedSmallModelIsTakenInPlaceOfTraining() async throws {
    try await withProgram { program in
      program.environment["SHUNT_MODELS"] = TinyImageEncoder.models.url.path
      try writeData(to: program)
      // A trial neither takes nor removes what a longer training is kept in.
      let kept = try program.write("task/training.checkpoint", "of another training")
      let first = try await figures(program, ["--quick", "--output", "models"])
      #expect(try String(contentsOfFile: kept, encoding: .utf8) == "of another training")
      let again = try await figures(program, ["--quick", "--small", "models/specific.safetensors"])
      for part in ["small", "large", "shunt"] {
        let (one, two) = (first[part] as? [String: Any], again[part] as? [String: Any])
        #expect(one?["accuracy"] as? Double == two?["accuracy"] as? Double, "\(part)")
        #expect((one?["regions"] as? [String: Any])?.keys.sorted() == ["head", "tail"], "\(part)")
      }
      #expect((again["versions"] as? [String: String])?["small"] == (first["versions"] as? [String: String])?["small"])
    }
  }

  @Test func anEncoderWithAHeadIsDistilledBehindAResidualNetwork() async throws {
    try await withProgram { program in
      program.environment["SHUNT_MODELS"] = TinyImageEncoder.models.url.path
      program.environment["SHUNT_FEATURES"] = program.folder.appending(path: "features").path
      try writeData(to: program)
      let head = #""learnable_model": {"architecture": "encoder-head", "encoder": "\#(TinyImageEncoder.name)"}, "#
      let task = try String(contentsOf: program.folder.appending(path: "task/task.json"), encoding: .utf8)
      try program.write("task/task.json", task.replacing(#""large_model""#, with: head + #""large_model""#))
      let report = try await figures(program, ["--quick", "--distill", "--ablation"])
      let distilled = try #require(report["distilled"] as? [String: Any])
      let rounds = try #require(distilled["history"] as? [[String: Any]])
      #expect(
        rounds.count == 2 && rounds.allSatisfy { !($0["outcome"] as? String ?? "").contains("fail") }, "\(rounds)")
      #expect((report["ablation"] as? [[String: Any]])?.count == 6)
      let kept = try FileManager.default.contentsOfDirectory(atPath: program.folder.appending(path: "features").path)
      #expect(kept.count == 1 && kept[0].hasPrefix(TinyImageEncoder.name))
    }
  }

  @Test func aSmallModelOfAnotherTaskIsRefused() async throws {
    try await withProgram { program in
      program.environment["SHUNT_MODELS"] = TinyImageEncoder.models.url.path
      try writeData(to: program)
      _ = try await figures(program, ["--quick", "--output", "models"])
      let task = try String(contentsOf: program.folder.appending(path: "task/task.json"), encoding: .utf8)
      try program.write("task/task.json", task.replacing("colours", with: "shades"))
      let outcome = try await program.run([
        "experiment", "cifar100-lt", "--data", "data", "--task", "task", "--quick", "--small",
        "models/specific.safetensors",
      ])
      #expect(outcome.code != 0 && outcome.errors.contains("is of task colours"), "\(outcome)")
    }
  }
}
