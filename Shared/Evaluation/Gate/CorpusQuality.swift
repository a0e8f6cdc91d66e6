import Captioning
import Cascade

/// What a cascade's replies are worth together: the one figure that the gate compares.
public enum CorpusQuality: String, Sendable {
  /// Of labels: the part that is right, 0 to 1.
  case accuracy
  /// Of captions: the mean of the corpus' BLEU-1 to BLEU-4, 0 to 1. Its counts add up over pictures, so that each draw of a
  /// bootstrap is a sum.
  case bleu

  /// As sentences have it.
  var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .bleu: "BLEU"
    }
  }

  /// What more of it is, as sentences have it.
  var better: String {
    switch self {
    case .accuracy: "more accurate"
    case .bleu: "of a higher BLEU"
    }
  }

  /// The figure for some samples.
  init(of samples: [JudgedSample]) {
    let areCaptions = !samples.isEmpty && samples.allSatisfy { $0.candidate.counts != nil && $0.inForce.counts != nil }
    self = areCaptions ? .bleu : .accuracy
  }

  /// The figure, with its interval.
  func interval(_ outcomes: [CascadeOutcome], _ bootstrap: Bootstrap) -> Interval {
    switch self {
    case .accuracy: bootstrap.mean(outcomes.map(\.quality))
    case .bleu:
      bootstrap.statistic(of: outcomes.compactMap(\.counts), from: BLEUCounts(), adding: +=) { BLEU($0).mean }
    }
  }

  /// The figure of `left` less that of `right`, of the same samples, which are drawn in pairs.
  func difference(_ left: [CascadeOutcome], _ right: [CascadeOutcome], _ bootstrap: Bootstrap) -> Interval {
    switch self {
    case .accuracy: return bootstrap.meanDifference(left.map(\.quality), right.map(\.quality))
    case .bleu:
      let pairs = zip(left.compactMap(\.counts), right.compactMap(\.counts)).map { ($0, $1) }
      return bootstrap.statistic(
        of: pairs, from: (BLEUCounts(), BLEUCounts()),
        adding: { sum, pair in
          sum.0 += pair.0
          sum.1 += pair.1
        }
      ) { BLEU($0.0).mean - BLEU($0.1).mean }
    }
  }
}
