import ArgumentParser
import Datasets
import Encoders
import Foundation

/// `shunt-benchmark encode`
struct EncodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: """
      Encodes texts; for each line of its input prints one more rate, in texts/s: of CPU time with one thread, of wall time \
      with more.
      """)

  @Option(name: .long, help: "The encoder's folder.")
  var model: String

  @Option(name: .long, help: "Rows with a text each.")
  var data: String

  @Option(name: .long, help: "The first texts only.")
  var texts: Int = .max

  @Option(name: .long, help: "Threads.")
  var threads: Int = 1

  @Option(name: .long, help: "Tokens of a batch.")
  var budget: Int = EncoderSettings().tokenBudget

  @Option(name: .long, help: "Where to write the vectors first, as float32.")
  var output: String?

  func run() async throws {
    let encoder = try SentenceEncoder(
      contentsOf: URL(fileURLWithPath: model), settings: .init(threads: threads, tokenBudget: budget))
    let rows = try DataFile(URL(fileURLWithPath: data)).filledRows()
    let used = rows.prefix(texts).compactMap(\.input.text)
    let vectors = try await encoder.encode(used).features.values
    if let output { try vectors.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: output)) }
    while readLine() != nil {
      let start = ContinuousClock.now
      let busy = try await ProcessTime.seconds { _ = try await encoder.encode(used) }
      let seconds = threads == 1 ? busy : (ContinuousClock.now - start) / .seconds(1)
      say("\(Double(used.count) / seconds)")
    }
  }
}
