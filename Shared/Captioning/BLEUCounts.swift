import Foundation

/// What BLEU counts of candidates against their references (Papineni et al. 2002, section 2). Counts of several pictures
/// add up: BLEU of a corpus is that of the sums, never a mean of sentences' BLEU.
public struct BLEUCounts: Sendable, Equatable {
  /// [4]: runs of 1 to 4 words that a reference has, too; each as often as the one that has most of it.
  public private(set) var matched = SIMD4<Int>.zero
  /// [4]: runs of 1 to 4 words in the candidates.
  public private(set) var counted = SIMD4<Int>.zero
  /// Words in the candidates.
  public private(set) var length = 0
  /// Words in the references closest in length, of two equally close the shorter.
  public private(set) var referenceLength = 0

  /// Nothing counted.
  public init() {}

  /// Counts of one candidate.
  /// - Parameter references: captions that are right, one at least; with none nothing matches.
  public init(_ candidate: String, references: [String]) {
    let (candidate, references) = (NGrams(candidate), references.map(NGrams.init))
    length = candidate.length
    referenceLength =
      references.map(\.length).min { (abs($0 - candidate.length), $0) < (abs($1 - candidate.length), $1) } ?? 0
    for order in 0..<NGrams.longest {
      for (run, count) in candidate.counts[order] {
        counted[order] += count
        matched[order] += min(count, references.lazy.map { $0.counts[order][run] ?? 0 }.max() ?? 0)
      }
    }
  }

  /// The sums of both.
  public static func + (left: BLEUCounts, right: BLEUCounts) -> BLEUCounts {
    var sum = left
    sum += right
    return sum
  }

  /// Adds another's counts.
  public static func += (left: inout BLEUCounts, right: BLEUCounts) {
    left.matched &+= right.matched
    left.counted &+= right.counted
    left.length += right.length
    left.referenceLength += right.referenceLength
  }

  /// The brevity penalty, 0 to 1: 1 where candidates are at least as long as their references.
  var brevityPenalty: Double {
    guard length > 0 else { return 0 }
    return length >= referenceLength ? 1 : exp(1 - Double(referenceLength) / Double(length))
  }
}
