import Foundation

/// How good one caption is against its references, 0 to 1: the mean of BLEU-1 to BLEU-4 of it alone, smoothed, because a
/// single caption often has no run of four words in common with any reference and would be 0 however good it is.
///
/// Smoothing adds one to the matches and counts of runs of two words and more (Lin & Och 2004; method 2 of Chen & Cherry
/// 2014). Runs that are longer than the caption take no part, so one that is a reference of its own is 1 however short. It
/// ranks captions and serves to choose thresholds; corpora are compared by `BLEU`, which is another number.
public enum SentenceBLEU {
  /// The quality, 0 to 1; 0 where no word is in any reference.
  public static func quality(of candidate: String, references: [String]) -> Double {
    quality(BLEUCounts(candidate, references: references))
  }

  /// The same of what was counted of one caption.
  public static func quality(_ counts: BLEUCounts) -> Double {
    let orders = min(NGrams.longest, counts.length)
    guard counts.matched[0] > 0 else { return 0 }
    var (product, sum) = (1.0, 0.0)
    for order in 0..<orders {
      let added = order == 0 ? 0.0 : 1.0
      product *= (Double(counts.matched[order]) + added) / (Double(counts.counted[order]) + added)
      sum += pow(product, 1 / Double(order + 1))
    }
    return counts.brevityPenalty * sum / Double(orders)
  }
}
