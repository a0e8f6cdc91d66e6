import ArgumentParser
import Foundation
import SmallModel

/// `shunt-benchmark infer-pictures`
struct InferPicturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer-pictures",
    abstract: "Infers on one thread; for each line of its input prints one more rate, in pictures/s of CPU time.")

  @Option(name: .long, help: "The model.")
  var model: String

  @Option(name: .long, help: "Pictures as 32 × 32 × 3 bytes each.")
  var pixels: String

  @Option(name: .long, help: "float32 or int8.")
  var precision: ResNetRecipe.Precision

  @Option(name: .long, help: "Where to write all logits first, as float32.")
  var logits: String

  func run() throws {
    let network = try SmallModelArtifact(contentsOf: URL(fileURLWithPath: model)).network
    guard let stored = network as? StoredResNet else {
      throw ValidationError("\(model) holds a \(network.architecture.name); this benchmark is of residual networks")
    }
    let folded = FoldedResNet(stored.weights, steps: precision == .int8 ? stored.steps : nil)
    let pictures = try Array(Data(contentsOf: URL(fileURLWithPath: pixels)))
    let scratch = FoldedResNet.Scratch()
    var output = [Float](repeating: 0, count: pictures.count / (32 * 32 * 3) * stored.labelCount)
    func infer() {
      pictures.withUnsafeBufferPointer { pictures in
        output.withUnsafeMutableBufferPointer { folded.predict(pictures, into: $0, scratch: scratch) }
      }
    }
    infer()
    try output.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: logits))
    say("ready")
    while readLine() != nil {
      say("\(Double(output.count / stored.labelCount) / ProcessTime.seconds { infer() })")
    }
  }
}

extension ResNetRecipe.Precision: ExpressibleByArgument {}
