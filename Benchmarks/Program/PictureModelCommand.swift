import ArgumentParser
import Content
import Encoders
import Foundation
import SmallModel

/// `shunt-benchmark picture-model`
struct PictureModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "picture-model", abstract: "Trains a residual network on the pictures of cifar100-lt.")

  @Option(name: .long, help: "The folder that holds a folder for each data set.")
  var data: String

  @Option(name: .long, help: "Passes over the pictures.")
  var epochs: Int

  @Option(name: .long, help: "Where to write the model.")
  var output: String

  private struct Row: Decodable {
    struct Image: Decodable {
      /// Base64 in the file.
      let data: Data
    }
    let image: Image
    let label: String
  }

  func run() async throws {
    let file = URL(fileURLWithPath: data).appending(path: "cifar100-lt/train.jsonl")
    let rows = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Row.self, from: $0)
    }
    let labels = Set(rows.map(\.label)).sorted()
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    var recipe = ResNetRecipe()
    (recipe.training.epochs, recipe.training.heldOutShare) = (epochs, 0)
    let trained = try await recipe.train(
      TrainingExamples(
        inputs: rows.map { Input(image: .data(Array($0.image.data), mediaType: nil)) },
        targets: .labels(rows.compactMap { places[$0.label] })),
      heldOut: nil, labels: labels, encoders: EncoderLibrary()
    ) { FileHandle.standardError.write(Data("epoch \($0.number): loss \($0.loss)\n".utf8)) }
    let card = ModelCard(
      task: "cifar100-lt", version: "benchmark", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      training: recipe.training)
    try SmallModelArtifact(card: card, network: trained.network).write(to: URL(fileURLWithPath: output))
  }
}
