import Cascade
import Evaluation
import Foundation

/// The figures of an experiment whose replies are captions, as the report file has them. Shares and BLEU are from 0 to 1.
public struct CaptionReport: Sendable, Codable {
  /// Tells reports of captions from those of labels.
  public enum Reply: String, Sendable, Codable { case caption }

  /// `caption`.
  public var reply = Reply.caption
  /// The experiment's name.
  public var name: String
  /// Of every split, start and order.
  public var seed: UInt64
  /// The code and the day, where the run was told to say so.
  public var origin: ReportOrigin?
  /// The models.
  public var versions: ExperimentReport.Versions
  /// How many rows had which use.
  public var counts: [String: Int]
  /// S1 alone, on the test pictures.
  public var small: CaptionFigures
  /// The large model alone.
  public var large: CaptionFigures
  /// The large model with S1's caption in view, asked about every picture; `nil` without a soft prompt.
  public var prompted: CaptionFigures?
  /// Both, shunted.
  public var shunt: CaptionFigures
  /// The running system after distillation, where the run asked for it.
  public var distilled: CaptionFigures?
  /// The rounds of that, in order.
  public var rounds: [DistilledFigures.Round]?
  /// δ.
  public var threshold: Float
  /// How well S1's confidence ranks, on the test pictures.
  public var confidence: ConfidenceFigures
  /// The shunt's mean quality on the held-out pictures at every threshold, thinned.
  public var curve: [ThresholdCurve.Point]

  /// Writes the report as JSON, whole or not at all.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(to: url, options: .atomic)
  }
}
