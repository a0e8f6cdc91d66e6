import Evaluation
/// What one way to distil reaches on the test rows, all else equal.
public struct AblationFigures: Sendable, Codable {
  /// What takes part.
  public var name: String
  /// S1 at δ1, S2 at δ2, then the large model, 0 to 1.
  public var accuracy: Double
  /// The part of the test rows that the large model was asked about.
  public var queryShare: Double
  /// By region, where the task has regions.
  public var regions: [String: Score]?
  /// What the gate said of the candidate on held-out rows, in words and numbers; `nil` where nothing was distilled.
  public var verdict: String?

  /// Figures as measured.
  public init(name: String, score: Score, regions: [String: Score]?, verdict: String?) {
    self.name = name
    accuracy = score.accuracy
    queryShare = score.queryShare
    self.regions = regions
    self.verdict = verdict
  }

  /// Figures of a cascade without distillation.
  public init(name: String, _ figures: ShuntFigures) {
    (self.name, accuracy, queryShare, regions) = (name, figures.accuracy, figures.queryShare, figures.regions)
  }

  private enum CodingKeys: String, CodingKey {
    case name, accuracy, regions, verdict
    case queryShare = "query_share"
  }
}
