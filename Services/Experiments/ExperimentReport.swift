import Cascade
import Foundation

/// The figures of one experiment, as the report file has them. Shares and accuracies are numbers from 0 to 1.
public struct ExperimentReport: Sendable, Codable {
  /// A model alone.
  public struct Alone: Sendable, Codable {
    /// On the test rows.
    public var accuracy: Double
    /// Expected calibration error on the held-out rows, where the model has confidences.
    public var calibrationError: Double?
    /// On the test rows, by region.
    public var regions: [String: Score]?

    private enum CodingKeys: String, CodingKey {
      case accuracy, regions
      case calibrationError = "expected_calibration_error"
    }
  }

  /// The cascade.
  public struct Shunted: Sendable, Codable {
    /// On the test rows.
    public var accuracy: Double
    /// The part of the test rows that the large model was asked about.
    public var queryShare: Double
    /// δ.
    public var threshold: Float
    /// Head, medium, tail, where the task has regions.
    public var regions: [String: Score]?
    /// By category, where rows have one.
    public var categories: [String: Score]?

    private enum CodingKeys: String, CodingKey {
      case accuracy, threshold, regions, categories
      case queryShare = "query_share"
    }
  }

  /// What the figures were measured with.
  public struct Versions: Sendable, Codable {
    /// The small model.
    public var small: String
    /// The large model.
    public var large: String
  }

  /// The experiment's name.
  public var name: String
  /// Of every split, start and order.
  public var seed: UInt64
  /// The models.
  public var versions: Versions
  /// How many rows had which use.
  public var counts: [String: Int]
  /// The small model alone.
  public var small: Alone
  /// The large model alone.
  public var large: Alone
  /// The cascade by the task's own pruning.
  public var shunt: Shunted
  /// The cascade by each pruning: none, soft, hard, both.
  public var prompt: [String: Shunted]
  /// What becomes of texts that no label fits, where the data have such.
  public var outOfScope: OutOfScopeFigures?
  /// The running system after distillation, where the run asked for it.
  public var distilled: DistilledFigures?
  /// Distillation in several ways, offline, where the run asked for it.
  public var ablation: [AblationFigures]?
  /// The cascade on the held-out rows at every threshold, thinned.
  public var curve: [ThresholdCurve.Point]

  private enum CodingKeys: String, CodingKey {
    case name, seed, versions, counts, small, large, shunt, prompt, distilled, ablation, curve
    case outOfScope = "out_of_scope"
  }

  /// Writes the report as JSON, whole or not at all.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(to: url, options: .atomic)
  }
}
