import Cascade
import Testing

@Suite struct RiskCoverageTests {
  /// By hand: risks of the first 1, 2, 3 and 4 are 0, 1/4, 1/2, 1/2.
  @Test func risksAreMeansOfTheSurest() {
    let ranked = RiskCoverage(confidences: [0.2, 0.9, 0.5, 0.7], qualities: [0.5, 1, 0, 0.5])
    #expect(ranked.points.map(\.coverage) == [0.25, 0.5, 0.75, 1])
    for (point, risk) in zip(ranked.points, [0, 0.25, 0.5, 0.5] as [Float]) { #expect(abs(point.risk - risk) < 1e-6) }
    #expect(abs(ranked.area - 1.25 / 4) < 1e-9 && abs(ranked.randomArea - 0.5) < 1e-9)
    // The oracle's: 0, 1/4, 1/3, 1/2.
    #expect(abs(ranked.oracleArea - (0.25 + 1.0 / 3 + 0.5) / 4) < 1e-9)
    #expect(0 < ranked.share && ranked.share < 1)
  }

  @Test func theOraclesOrderGainsAllAndTheOppositeLoses() {
    let qualities = (0..<50).map { Float($0 * 7 % 50) / 50 }
    let oracle = RiskCoverage(confidences: qualities, qualities: qualities)
    #expect(oracle.area == oracle.oracleArea && oracle.share == 1)
    #expect(RiskCoverage(confidences: qualities.map { 1 - $0 }, qualities: qualities).share < 0)
  }

  @Test func equalConfidencesSayNothing() {
    let flat = RiskCoverage(confidences: [0.5, 0.5, 0.5, 0.5], qualities: [1, 0, 0.25, 0.75])
    #expect(abs(flat.area - flat.randomArea) < 1e-12 && abs(flat.share) < 1e-12)
    #expect(flat.points.allSatisfy { $0.risk == 0.5 })
  }

  @Test func withoutRepliesThereIsNoCurve() {
    let none = RiskCoverage(confidences: [], qualities: [])
    #expect(none.points.isEmpty && none.area == 0 && none.share == 0)
  }

  @Test func thinnedKeepsItsEnds() {
    let values = (0..<100).map { Float($0) / 100 }
    let curve = RiskCoverage(confidences: values, qualities: values)
    let few = curve.thinned(to: 5)
    #expect(few.count == 5 && few.first == curve.points.first && few.last == curve.points.last)
  }
}

/// Golden values: scipy.stats.spearmanr.
@Suite struct RankCorrelationTests {
  @Test(arguments: [
    ([1, 2, 3, 4, 5] as [Float], [5, 6, 7, 8, 7] as [Float], 0.8207826816681233),
    ([0.1, 0.1, 0.4, 0.3], [1, 0, 0.5, 0.25], 0.10540925533894598),
    ([1, 1, 2, 3, 3], [2, 1, 1, 5, 4], 0.7299963950884315),
    ([1, 2, 3], [3, 2, 1], -1.0),
  ])
  func ranksAreCompared(left: [Float], right: [Float], correlation: Double) {
    #expect(abs(RankCorrelation.spearman(left, right) - correlation) < 1e-12)
  }

  @Test func whatDoesNotVaryCorrelatesWithNothing() {
    #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == 0)
    #expect(RankCorrelation.spearman([], []) == 0)
  }
}
