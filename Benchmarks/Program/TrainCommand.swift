import ArgumentParser
import Foundation
import SmallModel
import Synchronization

/// `shunt-benchmark train`
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model; for each line of its input prints one more rate, in texts/s.")

  @Option(name: .long, help: "The model to start from.")
  var model: String

  @Option(name: .long, help: "What 'tokenize' wrote.")
  var tokens: String

  @Option(name: .long, help: "The first texts only.")
  var texts: Int = .max

  @Option(name: .long, help: "Texts of a step.")
  var batch: Int = TrainingSettings().batchSize

  @Option(name: .long, help: "Threads.")
  var threads: Int = 1

  func run() async throws {
    let network = try textCNN(in: model).weights
    let all = try TokenizedTexts(contentsOf: URL(fileURLWithPath: tokens))
    let used = all.selecting(0..<min(all.count, texts))
    let source = TrainingSource(texts: used, targets: .labels((0..<used.count).map { $0 % network.shape.labels }))
    var settings = TrainingSettings()
    (settings.epochs, settings.heldOutShare, settings.batchSize, settings.threads) = (3, 0, batch, threads)
    while readLine() != nil {
      let ends = Mutex<[ContinuousClock.Instant]>([])
      _ = try await network.trained(on: [source], settings: settings) { _ in ends.withLock { $0.append(.now) } }
      // The first epoch warms up, and what comes before it is no training.
      let (first, last) = ends.withLock { ($0[0], $0[$0.count - 1]) }
      say("\(Double(used.count * (settings.epochs - 1)) / ((last - first) / .seconds(1)))")
    }
  }
}
