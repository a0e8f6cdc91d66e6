import ArgumentParser
import Datasets
import Encoders
import Foundation
import SmallModel

/// `shunt-benchmark infer-captions`
struct InferCaptionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer-captions",
    abstract:
      "Captions grids on one thread; for each line of its input prints one more rate, in captions/s of CPU time.")

  @Option(name: .long, help: "A captioner's file.")
  var model: String

  @Option(name: .long, help: "Rows with pictures.")
  var data: String

  @Option(name: .long, help: "How many pictures.")
  var pictures: Int

  @Option(name: .long, help: "Numbers: float32 or float16.")
  var precision: String

  @Option(name: .long, help: "Captions that are under way together.")
  var batch = 64

  @Option(name: .long, help: "Where to write the pictures' grids, as float32.")
  var grids: String

  @Option(name: .long, help: "Where to write the captions: a line each with the mean log-probability and the tokens.")
  var captions: String

  func run() async throws {
    let artifact = try CaptionerArtifact(contentsOf: URL(fileURLWithPath: model))
    let parts = try CaptionerParts(artifact, precision: precision == "float32" ? .float32 : .float16)
    let rows = try DataFile(URL(fileURLWithPath: data)).filledRows().prefix(pictures)
    let features = try await parts.grids(of: rows.map(\.input), EncoderLibrary())
    try features.values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: grids))
    let batches = stride(from: 0, to: features.rows, by: batch).map {
      features.selecting($0..<min($0 + batch, features.rows))
    }
    let lines = try batches.flatMap { try parts.greedyCaptions($0) }.map { caption in
      ([caption.meanLogProbability.description] + caption.tokens.map(\.description)).joined(separator: " ")
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: captions))
    say("ready")
    while readLine() != nil {
      let seconds = try ProcessTime.seconds { for batch in batches { _ = try parts.greedyCaptions(batch) } }
      say("\(Double(features.rows) / seconds)")
    }
  }
}
