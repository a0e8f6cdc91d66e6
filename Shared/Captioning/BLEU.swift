import Foundation

/// BLEU-1 to BLEU-4 of a corpus as the COCO caption evaluation has them (Papineni et al. 2002; Chen et al. 2015): words of
/// `CaptionTokens`, the reference closest in length, counts summed over all pictures, no smoothing.
public struct BLEU: Sendable, Equatable {
  /// [4]: BLEU-1 to BLEU-4, each 0 to 1.
  public let scores: [Double]

  /// The mean of the four, 0 to 1: the one number that captioners are compared by.
  public var mean: Double { scores.reduce(0, +) / Double(scores.count) }

  /// BLEU of what was counted; 0 where nothing was.
  public init(_ counts: BLEUCounts) {
    var product = 1.0
    scores = (0..<NGrams.longest).map { order in
      product *= counts.counted[order] > 0 ? Double(counts.matched[order]) / Double(counts.counted[order]) : 0
      return counts.brevityPenalty * pow(product, 1 / Double(order + 1))
    }
  }

  /// BLEU of pictures, each counted.
  public init(_ pictures: some Sequence<BLEUCounts>) { self.init(pictures.reduce(into: BLEUCounts()) { $0 += $1 }) }
}
