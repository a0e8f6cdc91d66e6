import Evaluation
import ArgumentParser
import Encoders
import Experiments
import Foundation
import SmallModel
import Tasks
import Tokenizer

/// `shunt-benchmark model`
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Makes the small model that a benchmark runs.")

  /// Whose model.
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case debianSections = "debian-sections"
    case reviews16
    /// Kim's shape (20,000 tokens, 128 dimensions, widths 3, 4, 5 × 100), untrained.
    case kim
    /// 128 dimensions, 128 units a direction, untrained.
    case lstm
  }

  @Argument(help: "\(Name.allCases.map(\.rawValue).joined(separator: ", ")).")
  var name: Name

  @Option(name: .long, help: "The folder that holds a folder for each data set.")
  var data: String

  @Option(name: .long, help: "Where to write the model.")
  var output: String

  func run() async throws {
    let artifact =
      switch name {
      case .debianSections: try await trained(.debianSections, maximumTokens: 32)
      case .reviews16: try await trained(.reviews16, maximumTokens: 64)
      case .kim: try untrained()
      case .lstm: try untrainedLSTM()
      }
    try artifact.write(to: URL(fileURLWithPath: output))
  }

  /// Trained by the task's own settings.
  private func trained(_ experiment: Experiment, maximumTokens: Int) async throws -> SmallModelArtifact {
    var task = try TaskDefinition(folder: URL(fileURLWithPath: "examples/\(experiment.rawValue)"))
    task.smallModel.training.maximumTokens = maximumTokens
    let rows = try ExperimentData(experiment, folder: URL(fileURLWithPath: data), seed: task.smallModel.training.seed)
    let encoders = EncoderLibrary()
    let artifact = try await TaskTraining(task: task, encoders: encoders)
      .small(on: rows.training, labels: rows.labels, heldOut: rows.heldOut).artifact
    return try artifact.withMedianThreshold(of: rows.heldOut.map(\.input))
  }

  /// From an encoder's token table: of an untrained network only the shape and the texts count.
  private func untrainedLSTM() throws -> SmallModelArtifact {
    let models = ModelsFolder()
    let tokenizer = try models.tokenizer(ModelFetch.modelName)
    let vectors = try models.tokenVectors(ModelFetch.modelName)
    let embeddings = try TokenEmbeddings(vectors.values, count: vectors.rows, dimension: vectors.columns)
      .reduced(to: 128)
    let shape = try LSTMShape(
      vocabulary: vectors.rows, padding: Int(tokenizer.padding), dimension: 128, hidden: 128, labels: 2)
    let card = ModelCard(
      task: "lstm", version: "lstm-untrained", createdAt: Date(timeIntervalSince1970: 0),
      labels: ["negative", "positive"], thresholds: [ModelCard.shuntThreshold: 0.5], training: LSTMRecipe().training)
    return try SmallModelArtifact(
      card: card,
      network: StoredLSTM(
        weights: LSTM(shape: shape, embeddings: embeddings, scale: 3, seed: 1), tokenizer: tokenizer,
        tokenCounts: [Int32](repeating: 0, count: vectors.rows)))
  }

  /// The 20,000 tokens that reviews hold most often: of an untrained network only the shape and the texts count.
  private func untrained() throws -> SmallModelArtifact {
    let task = try TaskDefinition(folder: URL(fileURLWithPath: "examples/reviews16"))
    let rows = try ExperimentData(.reviews16, folder: URL(fileURLWithPath: data), seed: task.smallModel.training.seed)
    let full = try ModelsFolder().tokenizer(ModelFetch.modelName)
    let counts = TokenizedTexts(rows.training.lazy.compactMap(\.input.text), tokenizer: full, maximum: .max)
      .tokenCounts(vocabulary: full.vocabulary.count)
    let specials = [full.padding, full.unknown, full.beginning, full.end].map(Int.init)
    let frequent = full.vocabulary.indices.filter { !specials.contains($0) }.sorted { counts[$0] > counts[$1] }
    let kept = specials + frequent.prefix(20_000 - specials.count)
    let shape = try TextCNNShape(
      vocabulary: kept.count, padding: 0, dimension: 128,
      filters: [3, 4, 5].map { FilterBank(width: $0, count: 100) }, labels: 2)
    let card = ModelCard(
      task: "kim", version: "kim-untrained", createdAt: Date(timeIntervalSince1970: 0),
      labels: ["negative", "positive"],
      thresholds: [ModelCard.shuntThreshold: 0.5], training: task.smallModel.training)
    return try SmallModelArtifact(
      card: card, network: TextCNN(shape: shape, embeddings: nil, seed: 1),
      tokenizer: WordPieceTokenizer(vocabulary: kept.map { full.vocabulary[$0] }), tokenCounts: kept.map { counts[$0] })
  }
}
