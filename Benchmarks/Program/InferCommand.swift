import ArgumentParser
import Foundation
import SmallModel

/// `shunt-benchmark infer`
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "Infers on one thread; for each line of its input prints one more rate, in texts/s."
  )

  @OptionGroup var inference: TextInferenceOptions

  @Option(name: .long, help: "Texts of a batch.")
  var batch: Int = 512

  @Option(name: .long, help: "Where to write all logits first, as float32.")
  var logits: String?

  func run() throws {
    let stored = try textCNN(in: inference.model)
    let texts = try TokenizedTexts(contentsOf: URL(fileURLWithPath: inference.tokens))
    let folded = try FoldedTextCNN(
      stored.weights, precision: inference.kept, tokenCounts: stored.tokenCounts)
    if let logits { try folded.logits(texts).withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: logits)) }
    say("\(folded.byteCount)")
    var scratch = FoldedTextCNN.Scratch()
    let batches = stride(from: 0, to: texts.count, by: batch).map { start in
      texts.selecting(Array(start..<min(start + batch, texts.count)))
    }
    var output = [Float](repeating: 0, count: batch * stored.labelCount)
    while readLine() != nil {
      let clock = ContinuousClock()
      let start = clock.now
      var count = 0
      repeat {
        for batch in batches {
          try output.withUnsafeMutableBufferPointer { buffer in
            let room = UnsafeMutableBufferPointer(rebasing: buffer[..<(batch.count * folded.shape.labels)])
            try folded.predict(batch, into: room, scratch: &scratch)
          }
        }
        count += texts.count
      } while clock.now - start < .seconds(1)
      say("\(Double(count) / ((clock.now - start) / .seconds(1)))")
    }
  }
}

/// A model's network, which is a TextCNN.
func textCNN(in path: String) throws -> StoredTextCNN {
  let network = try SmallModelArtifact(contentsOf: URL(fileURLWithPath: path)).network
  guard let stored = network as? StoredTextCNN else {
    throw ValidationError("\(path) holds a \(network.architecture.name); this benchmark is of TextCNNs")
  }
  return stored
}

/// Prints a line that whoever reads the pipe waits for.
func say(_ line: String) {
  print(line)
  fflush(nil)
}
