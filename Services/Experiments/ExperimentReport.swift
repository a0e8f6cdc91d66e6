import Evaluation
import Cascade
import Foundation

/// The figures of one experiment, as the report file has them. Shares and accuracies are numbers from 0 to 1.
public struct ExperimentReport: Sendable, Codable {
  /// What the figures were measured with.
  public struct Versions: Sendable, Codable {
    /// The small model.
    public var small: String
    /// Its architecture; `nil` in reports of versions that did not say.
    public var architecture: String?
    /// The small model between it and the large one, where there is one.
    public var intermediate: String?
    /// The large model.
    public var large: String
  }

  /// The experiment's name.
  public var name: String
  /// Of every split, start and order.
  public var seed: UInt64
  /// The code and the day, where the run was told to say so.
  public var origin: ReportOrigin?
  /// The models.
  public var versions: Versions
  /// How many rows had which use.
  public var counts: [String: Int]
  /// The small model alone.
  public var small: ModelFigures
  /// The further small model between it and the large one alone, where there is one.
  public var intermediate: ModelFigures?
  /// The large model alone.
  public var large: ModelFigures
  /// The cascade by the task's own pruning.
  public var shunt: ShuntFigures
  /// The cascade by each pruning: none, soft, hard, both.
  public var prompt: [String: ShuntFigures]
  /// What becomes of texts that no label fits, where the data have such.
  public var outOfScope: OutOfScopeFigures?
  /// The running system after distillation, where the run asked for it.
  public var distilled: DistilledFigures?
  /// Distillation in several ways, offline, where the run asked for it.
  public var ablation: [AblationFigures]?
  /// The cascade on the held-out rows at every threshold, thinned.
  public var curve: [ThresholdCurve.Point]
  /// The same on the test rows: what other thresholds would have come to. `nil` in reports of versions that did not look.
  public var testCurve: [ThresholdCurve.Point]?
  /// The same experiment with other small models, where the run asked for several.
  public var others: [ExperimentReport]?

  /// This one and the others, each of which has figures of its own.
  public var all: [ExperimentReport] { [self] + (others ?? []) }

  private enum CodingKeys: String, CodingKey {
    case name, seed, origin, versions, counts, small, intermediate, large, shunt, prompt, distilled, ablation, curve
    case others
    case outOfScope = "out_of_scope"
    case testCurve = "test_curve"
  }

  /// Writes the report as JSON, whole or not at all.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(to: url, options: .atomic)
  }
}

extension ExperimentReport {
  /// Reads a report as `write(to:)` writes it.
  public init(contentsOf url: URL) throws {
    self = try JSONDecoder().decode(ExperimentReport.self, from: Data(contentsOf: url))
  }
}
