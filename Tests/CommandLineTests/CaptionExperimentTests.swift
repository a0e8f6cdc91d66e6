import Foundation
import TestSupport
import Testing

/// Tasks of captions on a few pictures of one colour, with an encoder that the tests have: what is trained here is no good.
@Suite(.timeLimit(.minutes(5)))
struct CaptionExperimentTests {
  /// Rows of pictures, red and blue in turn; one file a use.
  private func writeData(to program: Program) throws {
    let files = [("train", 24), ("validation", 16), ("large-train", 24), ("test", 12), ("stream", 16)]
    for (number, (name, count)) in files.enumerated() {
      let rows = (0..<count).map { row in
        let (bright, dark) = (UInt8(200 + row % 50), UInt8(10 + number * 5 + row / 2))
        let colour = row % 2 == 1 ? "red" : "blue"
        let file = PlainPNG.file(row % 2 == 1 ? [bright, dark, 20] : [20, dark, bright], width: 32, height: 32)
        let image = #"{"media_type":"image/png","data":"\#(Data(file).base64EncodedString())"}"#
        return
          #"{"id":"\#(name)-\#(row)","image":\#(image),"captions":["A \#(colour) picture .","a picture that is \#(colour)"]}"#
      }
      try program.write("data/flickr8k/\(name).jsonl", rows.joined(separator: "\n"))
    }
    let shared = #""encoder": "\#(TinyImageEncoder.name)", "minimum_count": 1, "epochs": 2, "hidden": 32"#
    try program.write(
      "task/task.json",
      """
      {"task": {"name": "colours", "reply": "caption"},
       "small_model": {"architecture": "captioner", \(shared)},
       "large_model": {"kind": "captioner",
                       "captioner": {"architecture": "transformer-captioner", "layers": 1, "heads": 2, \(shared)}},
       "pruning": {"mode": "soft"}, "threshold": {"rule": "query_budget", "query_budget": 0.5}}
      """)
  }

  private func run(_ program: Program, _ arguments: [String]) async throws -> String {
    let outcome = try await program.run(arguments)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome.output
  }

  @Test func theExperimentReportsQualityAndWritesAPage() async throws {
    try await withProgram { program in
      program.environment["SHUNT_MODELS"] = TinyImageEncoder.models.url.path
      try writeData(to: program)
      let output = try await run(
        program,
        [
          "experiment", "flickr8k", "--data", "data", "--task", "task", "--quick", "--distill", "--report",
          "report.json", "--page", "page.html", "--output", "models",
        ])
      #expect(output.contains("BLEU-4") && output.contains("54.52"))
      let data = try Data(contentsOf: program.folder.appending(path: "report.json"))
      let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      for part in ["small", "large", "prompted", "shunt", "distilled"] {
        let figures = try #require(report[part] as? [String: Double], "\(part)")
        let names = ["bleu", "bleu_1", "bleu_2", "bleu_3", "bleu_4", "query_share"]
        #expect(names.allSatisfy { (0...1).contains(figures[$0] ?? -1) } && figures["cider"] != nil, "\(figures)")
        let orders = (1...4).compactMap { figures["bleu_\($0)"] }
        #expect(abs(orders.reduce(0, +) / 4 - (figures["bleu"] ?? -1)) < 1e-9)
      }
      #expect((report["large"] as? [String: Double])?["query_share"] == 1)
      #expect((report["counts"] as? [String: Int])?["large_training"] == 24)
      let page = try String(contentsOf: program.folder.appending(path: "page.html"), encoding: .utf8)
      #expect(page.components(separatedBy: "<article>").count == 13 && page.contains("src=\"data:image/png;base64,"))
      #expect(page.components(separatedBy: "distilled: ").count == 13)
      #expect((report["rounds"] as? [[String: Any]])?.count == 2)
      let heldOut = try String(contentsOf: program.folder.appending(path: "models/held-out.jsonl"), encoding: .utf8)
      #expect(heldOut.components(separatedBy: "\"large_caption\":").count == 17)
      let results = try await run(program, ["report", "report.json"])
      #expect(
        results.contains("## report: captions") && results.contains("| shunt |") && results.contains("| prompted |"))
    }
  }

  /// S1 knows red pictures and talks nonsense of blue ones, the large model knows both: an S2 is trained, judged, promoted on
  /// the running system, and answers.
  @Test func theRunningSystemDistilsCaptions() async throws {
    try await withProgram { program in
      let models = program.folder.appending(path: "models")
      try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
      program.environment["SHUNT_MODELS"] = models.path
      try await writeToy(to: program)
      let output = try await run(
        program,
        [
          "experiment", "flickr8k", "--data", "data", "--task", "task", "--small", "specific.safetensors", "--distill",
          "--report", "report.json",
        ])
      let data = try Data(contentsOf: program.folder.appending(path: "report.json"))
      let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let outcomes = (report["rounds"] as? [[String: Any]])?.compactMap { $0["outcome"] as? String } ?? []
      #expect(outcomes.contains { $0.hasPrefix("promoted") }, "\(output)")
      let shunt = try #require(report["shunt"] as? [String: Double])
      let distilled = try #require(report["distilled"] as? [String: Double])
      #expect(try #require(distilled["query_share"]) < (shunt["query_share"] ?? 0) / 2, "\(output)")
      #expect(try #require(distilled["bleu"]) >= (shunt["bleu"] ?? 1) - 0.05, "\(output)")
    }
  }

  private func writeToy(to program: Program) async throws {
    let files = [("train", 200), ("validation", 240), ("large-train", 2), ("stream", 400), ("test", 40)]
    for (kind, (name, count)) in files.enumerated() {
      let rows = ToyCaptions.pictures(count, kind: UInt8(kind + 3)).enumerated().map { index, picture in
        let base64 = Data(picture.input.image?.fetched ?? []).base64EncodedString()
        return
          #"{"id":"\#(name)-\#(index)","image":{"media_type":"image/png","data":"\#(base64)"},"captions":["\#(picture.captions[0])"]}"#
      }
      try program.write("data/flickr8k/\(name).jsonl", rows.joined(separator: "\n"))
    }
    let toy = try ToyCaptions(in: program.folder.appending(path: "models"))
    try await toy.specific().write(to: program.folder.appending(path: "specific.safetensors"))
    let large = program.folder.appending(path: "large.safetensors")
    try await toy.large().write(to: large)
    try program.write(
      "task/task.json",
      """
      {"task": {"name": "toy", "reply": "caption"},
       "small_model": {"architecture": "captioner", "encoder": "\(TinyImageEncoder.name)"},
       "large_model": {"kind": "captioner", "captioner": {
         "architecture": "captioner", "encoder": "\(TinyImageEncoder.name)", "file": "\(large.path)"}},
       "threshold": {"rule": "best_accuracy"}}
      """)
  }

  @Test func aTaskOfCaptionsIsTrainedCalibratedAndEvaluated() async throws {
    try await withProgram { program in
      program.environment["SHUNT_MODELS"] = TinyImageEncoder.models.url.path
      try writeData(to: program)
      let trained = try await run(
        program,
        [
          "train", "--task", "task", "--data", "data/flickr8k/train.jsonl", "--held-out",
          "data/flickr8k/validation.jsonl", "--head-data", "data/flickr8k/large-train.jsonl",
        ])
      #expect(trained.contains("task/large.safetensors") && trained.contains("BLEU-1"))
      let early = try await program.run(["evaluate", "--task", "task", "--data", "data/flickr8k/test.jsonl"])
      #expect(early.code != 0 && early.errors.contains("run 'shunt calibrate' first"), "\(early)")
      let calibrated = try await run(
        program, ["calibrate", "--task", "task", "--data", "data/flickr8k/validation.jsonl"])
      #expect(calibrated.contains("mean sentence BLEU") && calibrated.contains("chosen"))
      let scored = try await run(program, ["evaluate", "--task", "task", "--data", "data/flickr8k/test.jsonl"])
      #expect(scored.contains("shunt") && scored.contains("risk and coverage"))
    }
  }

  @Test(arguments: [
    (["experiment", "flickr8k", "--ablation"], "--ablation is for experiments with labels"),
    (["experiment", "flickr8k", "--small", "lstm"], "--small takes one file of a trained captioner"),
    (["experiment", "cifar100-lt", "--page", "page.html"], "--page is for captions"),
    (["calibrate", "--task", "task", "--data", "x", "--pruning", "auto"], "--pruning is for labels"),
    (["train", "--task", "task", "--data", "bare.jsonl", "--held-out", "bare.jsonl"], "\"captions\""),
  ])
  func whatIsNotForCaptionsIsRefused(arguments: [String], reason: String) async throws {
    try await withProgram { program in
      try writeData(to: program)
      try program.write("bare.jsonl", #"{"id":"1","text":"x","label":"a"}"#)
      let isExperiment = arguments[0] == "experiment"
      let outcome = try await program.run(arguments + (isExperiment ? ["--data", "data", "--task", "task"] : []))
      #expect(outcome.code != 0 && outcome.errors.contains(reason), "\(outcome)")
    }
  }
}
