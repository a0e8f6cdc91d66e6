import Encoders
import Foundation
import Testing
import Tokenizer

@testable import SmallModel

/// Real data, `clinc150-lt` in `SHUNT_DATA` or `../shared/data` from the package's root, and the real encoder's token
/// table, in `SHUNT_MODELS` or `.models` under the package's root, where `scripts/setup` puts it.
@Suite struct ClincAccuracyTests {
  private struct Row: Decodable {
    let text: String
    let label: String
  }

  private static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let data = folder("SHUNT_DATA", or: package.deletingLastPathComponent().appending(path: "shared/data"))
    .appending(path: "clinc150-lt")
  private static let encoder = folder("SHUNT_MODELS", or: package.appending(path: ".models"))
    .appending(path: "all-MiniLM-L6-v2")

  private static func folder(_ variable: String, or usual: URL) -> URL {
    ProcessInfo.processInfo.environment[variable].map { URL(filePath: $0) } ?? usual
  }

  private static func rows(_ name: String) throws -> [Row] {
    try Data(contentsOf: data.appending(path: "\(name).jsonl")).split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(Row.self, from: $0) }
  }

  /// 3,251 long-tailed training texts of 150 intents, 4,500 even test texts.
  @Test func reaches71PercentFromTheLongTail() async throws {
    let tokenizer = try WordPieceTokenizer(contentsOf: Self.encoder.appending(path: "vocab.txt"))
    let training = try Self.rows("train")
    let labels = Set(training.map(\.label)).sorted()
    let index = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    var settings = TrainingSettings()
    settings.classWeighting = 0.5
    settings.labelSmoothing = 0.1
    func source(_ rows: [Row]) throws -> TrainingSource {
      try TrainingSource(
        texts: TokenizedTexts(rows.map(\.text), tokenizer: tokenizer, maximum: settings.maximumTokens),
        targets: .labels(rows.map { try #require(index[$0.label]) }))
    }
    let shape = try TextCNNShape(
      vocabulary: tokenizer.vocabulary.count, padding: Int(tokenizer.padding), dimension: 128,
      filters: [1, 2, 3].map { FilterBank(width: $0, count: 100) }, labels: labels.count)
    let vectors = try ModelsFolder(Self.encoder.deletingLastPathComponent())
      .tokenVectors(Self.encoder.lastPathComponent)
    let table = try TokenEmbeddings(vectors.values, count: vectors.rows, dimension: vectors.columns)
    let start = try TextCNN(shape: shape, embeddings: table.reduced(to: 128), scale: 3, seed: settings.seed)

    let outcome = try await start.trained(
      on: [source(training)], heldOut: source(Self.rows("validation")), settings: settings)

    let test = try source(Self.rows("test"))
    let logits = try FoldedTextCNN(outcome.network).logits(test.texts)
    let answers = TrainingSource(texts: test.texts, targets: .distributions(logits)).labels(of: labels.count)
    let accuracy = Double(zip(answers, test.labels(of: labels.count)).count { $0 == $1 }) / Double(test.count)
    #expect(test.count == 4500)
    #expect(accuracy >= 0.71)
    print("clinc150-lt: test accuracy \(accuracy), best of \(outcome.epochs.count) epochs is \(outcome.bestEpoch)")
  }
}
