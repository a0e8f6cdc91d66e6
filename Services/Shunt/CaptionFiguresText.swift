import Evaluation
import Foundation
import Terminal

/// Figures of captions as tables.
enum CaptionFiguresText {
  /// The columns behind the name.
  static let columns = ["BLEU", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "queries"]

  /// A row's cells behind the name.
  static func cells(_ figures: CaptionFigures) -> [String] {
    [figures.bleu, figures.bleu1, figures.bleu2, figures.bleu3, figures.bleu4].map(points)
      + [String(format: "%.3f", figures.cider), percent(figures.queryShare)]
  }

  /// A row each.
  static func table(_ rows: [(name: String, figures: CaptionFigures)]) -> Table {
    Table([""] + columns, rows: rows.map { [$0.name] + cells($0.figures) })
  }

  /// The rows of a cascade.
  static func table(_ figures: CaptionScoring.Figures) -> Table {
    table(
      [("small", figures.small), ("large", figures.large)] + (figures.prompted.map { [("prompted", $0)] } ?? [])
        + [("shunt", figures.shunt)])
  }

  /// BLEU as papers write it: 0.5003 is 50.03.
  static func points(_ bleu: Double) -> String { String(format: "%.2f", bleu * 100) }

  /// How well confidence ranks quality.
  static func ranking(_ confidence: ConfidenceFigures) -> String {
    let area = confidence.riskCoverage
    func fixed(_ number: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", number) }
    return """
      Risk is what a caption's sentence BLEU lacks of 1. The small model's captions, the surest first, have an area under
      risk and coverage of \(fixed(area.area, 4)); in random order it is \(fixed(area.randomArea, 4)), and ordered by
      quality itself \(fixed(area.oracleArea, 4)): confidence gains \(percent(area.share)) of what an order can. Its rank
      correlation with quality is \(fixed(confidence.qualityCorrelation, 3)), and with what the small model's caption is
      better by than the large one's \(fixed(confidence.advantageCorrelation, 3)).
      """
  }
}
