import ArgumentParser
import Encoders
import Foundation
import Images

/// `shunt-benchmark features`
struct FeaturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract:
      "Encodes pictures; for each line of its input encodes the next ones, and prints one more rate, in pictures/s of CPU time."
  )

  @Option(name: .long, help: "The image encoder's folder.")
  var model: String

  @Option(
    name: .long, help: "A folder of pictures, each of which is encoded once: what was seen before would cost nothing.")
  var pictures: String

  @Option(name: .long, help: "Pictures that are encoded together.")
  var count: Int

  @Option(name: .long, help: "Where to write the features of the first ones, as float32.")
  var output: String

  func run() async throws {
    let encoder = try ImageEncoder(contentsOf: URL(fileURLWithPath: model))
    let files = try FileManager.default.contentsOfDirectory(
      at: URL(fileURLWithPath: pictures), includingPropertiesForKeys: nil)
    var rest = try files.sorted { $0.path < $1.path }.map { try ImageDecoder().decode([UInt8](Data(contentsOf: $0))) }[
      ...]
    let features = try await encoder.features(of: Array(rest.prefix(count))).values
    try features.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: output))
    while readLine() != nil {
      rest = rest.dropFirst(count)
      let next = Array(rest.prefix(count))
      guard !next.isEmpty else { throw ValidationError("\(pictures) holds no further pictures") }
      let seconds = try await ProcessTime.seconds { _ = try await encoder.features(of: next) }
      say("\(Double(next.count) / seconds)")
    }
  }
}
