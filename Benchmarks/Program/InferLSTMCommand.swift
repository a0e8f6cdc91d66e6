import ArgumentParser
import Foundation
import SmallModel

/// `shunt-benchmark infer-lstm`
struct InferLSTMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer-lstm",
    abstract: "Infers on one thread; for each line of its input prints one more rate, in texts/s of CPU time.")

  @OptionGroup var inference: TextInferenceOptions

  @Option(name: .long, help: "Where to write all logits first, as float32.")
  var logits: String

  func run() throws {
    let network = try SmallModelArtifact(contentsOf: URL(fileURLWithPath: inference.model)).network
    guard let stored = network as? StoredLSTM else {
      throw ValidationError("\(inference.model) holds a \(network.architecture.name); this benchmark is of LSTMs")
    }
    let folded = FoldedLSTM(
      stored.weights, precision: inference.kept, memoryBound: 128 << 20,
      tokenCounts: stored.tokenCounts)
    let texts = try TokenizedTexts(contentsOf: URL(fileURLWithPath: inference.tokens))
    try folded.logits(texts).withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: logits))
    let scratch = LSTMScratch()
    var output = [Float](repeating: 0, count: texts.count * stored.labelCount)
    say("ready")
    while readLine() != nil {
      let seconds = try ProcessTime.seconds {
        try output.withUnsafeMutableBufferPointer { try folded.predict(texts, into: $0, scratch: scratch) }
      }
      say("\(Double(texts.count) / seconds)")
    }
  }
}
