import ArgumentParser
import Datasets
import Encoders
import Foundation
import SmallModel

/// `shunt-benchmark captioner`
struct CaptionerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "captioner",
    abstract: "Trains a captioner on the pictures of flickr8k, held-out ones its validation's.")

  @Option(name: .long, help: "The folder that holds a folder for each data set.")
  var data: String

  @Option(name: .long, help: "Passes over the captions, at most.")
  var epochs: Int

  @Flag(name: .long, help: "The larger one, on its own pictures.")
  var large = false

  @Option(name: .long, help: "Where to write the model.")
  var output: String

  func run() async throws {
    var recipe: any CaptionerRecipe = large ? TransformerCaptionerRecipe() : LSTMCaptionerRecipe()
    recipe.training.epochs = epochs
    let trained = try await recipe.train(
      examples(large ? "large-train" : "train"), heldOut: examples("validation"), encoders: EncoderLibrary()
    ) {
      let heldOut = $0.heldOutLoss ?? .nan
      FileHandle.standardError.write(
        Data("epoch \($0.number): loss \($0.loss), held out \(heldOut)\n".utf8))
    }
    let card = ModelCard(
      task: "flickr8k", version: "benchmark", createdAt: Date(timeIntervalSince1970: 0), labels: [],
      temperature: trained.temperature, training: recipe.training)
    try CaptionerArtifact(card: card, network: trained.network).write(to: URL(fileURLWithPath: output))
  }

  private func examples(_ name: String) throws -> CaptionExamples {
    let rows = try DataFile(URL(fileURLWithPath: data).appending(path: "flickr8k/\(name).jsonl")).filledRows()
    return CaptionExamples(inputs: rows.map(\.input), targets: .captions(rows.map(\.captions)))
  }
}
