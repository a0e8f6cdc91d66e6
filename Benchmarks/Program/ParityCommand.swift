import ArgumentParser
import Cascade
import Encoders
import Evaluation
import Experiments
import Foundation
import Tasks

/// `shunt-benchmark parity`
struct ParityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity",
    abstract: "Holds the rules parity and risk_controlled to their promise; prints lines of a table in Markdown.",
    discussion: """
      Trains the small model of examples/NAME once and asks the large model about the held-out and the test rows. Then, for
      each target, draws from these rows one half to choose δ on and one half to test it on, again and again.
      """)

  @Argument(help: "The experiment's name.")
  var name: Experiment

  @Option(name: .long, help: "The folder that holds a folder for each data set.")
  var data: String = "../shared/data"

  @Option(name: .long, help: "How often rows are drawn.")
  var draws: Int = 200

  private static let targets: [Float] = [0.9, 0.95, 0.98]
  private static let confidence: Float = 0.95

  func run() async throws {
    let task = try TaskDefinition(folder: URL(filePath: "examples/\(name.rawValue)"))
    let rows = try ExperimentData(name, folder: URL(filePath: data), seed: task.smallModel.training.seed)
    let experiment = ExperimentRun(
      name: name.rawValue, task: task, data: rows, models: ModelsFolder(), modes: [task.pruning.chosenMode ?? .none])
    let outcome = try await experiment.run()
    let temperature = Float(outcome.small.card.temperature)
    let samples = [outcome.heldOut, outcome.test].flatMap { $0.outcomes(temperature: temperature) }
    report(samples, of: "the large model's")
    report(samples.map(\.heldAgainstTheTruth), of: "true")
  }

  /// - Parameter measure: what easy answers are to be.
  private func report(_ samples: [HeldOutOutcome], of measure: String) {
    let agreement = samples.reduce(0) { $0 + Double($1.agreement) } / Double(samples.count)
    for target in Self.targets {
      var (bet, split) = (ParityTally(), ParityTally())
      for draw in 0..<draws {
        let halves = ParityHalves(samples, seed: UInt64(draw))
        bet.add(halves.outcome(halves.bet(target, confidence: Self.confidence)), target)
        split.add(halves.outcome(halves.split(target, confidence: Self.confidence)), target)
      }
      say(
        "| \(name.rawValue), \(samples.count) rows | \(measure) | \(percent(agreement)) "
          + "| \(percent(Double(target), decimals: 0)) | \(bet.cells) | \(split.cells) |")
    }
  }
}

extension HeldOutOutcome {
  /// The same with the truth in the large model's place: `risk_controlled` in the place of `parity`.
  fileprivate var heldAgainstTheTruth: HeldOutOutcome {
    HeldOutOutcome(confidence: confidence, quality: quality, agreement: quality, nextQuality: nextQuality)
  }
}

extension Experiment: ExpressibleByArgument {}

/// What became of many draws.
private struct ParityTally {
  private var (draws, violations, share) = (0, 0, 0.0)

  mutating func add(_ outcome: ParityHalves.Outcome, _ target: Float) {
    draws += 1
    violations += outcome.agreement.map { $0 < Double(target) ? 1 : 0 } ?? 0
    share += outcome.easyShare
  }

  /// How much was easy in the mean, and how many draws broke the promise.
  var cells: String { "\(percent(share / Double(draws))) | \(violations) of \(draws)" }
}

private func percent(_ share: Double, decimals: Int = 1) -> String { String(format: "%.\(decimals)f %%", 100 * share) }
