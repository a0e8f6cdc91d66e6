import ArgumentParser
import Datasets
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

  func run() async throws {
    let training = try rows("train")
    let labels = Set(training.compactMap(\.label)).sorted()
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    var recipe = ResNetRecipe()
    (recipe.training.epochs, recipe.training.heldOutShare) = (epochs, 0)
    let trained = try await recipe.train(
      TrainingExamples(
        inputs: training.map(\.input), targets: .labels(training.compactMap { $0.label.flatMap { places[$0] } })),
      heldOut: nil, labels: labels, encoders: EncoderLibrary()
    ) { FileHandle.standardError.write(Data("epoch \($0.number): loss \($0.loss)\n".utf8)) }
    let card = ModelCard(
      task: "cifar100-lt", version: "benchmark", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      training: recipe.training)
    try SmallModelArtifact(card: card, network: trained.network)
      .withMedianThreshold(of: rows("validation").map(\.input)).write(to: URL(fileURLWithPath: output))
  }

  private func rows(_ name: String) throws -> [DataRow] {
    try DataFile(URL(fileURLWithPath: data).appending(path: "cifar100-lt/\(name).jsonl")).filledRows()
  }
}
