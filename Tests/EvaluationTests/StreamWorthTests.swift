import Testing

@testable import Evaluation

@Suite struct StreamWorthTests {
  /// Confidence, whether it is an audit, agreement, qualities of the specific and the large model.
  private static let table: [(Float, Bool, Float, Float, Float)] = [
    (0.9, true, 1, 1, 1), (0.8, true, 0, 1, 0), (0.4, false, 1, 1, 1), (0.3, false, 0, 0, 1), (0.2, false, 1, 0, 0),
    (0.1, false, 0, 0, 1),
  ]
  private static let samples: [ComparedSample] = table.map { row in
    ComparedSample(confidence: row.0, isAudit: row.1, agreement: row.2, quality: (row.3, row.4))
  }

  /// Four easy samples, of which two were audited, and four hard ones: by hand.
  private static let worth = StreamWorth(samples.reversed(), easy: 4, hard: 4)

  @Test func everyThresholdCountsWhatAuditsStandFor() {
    let points = Self.worth.points
    #expect(points.map(\.queryShare) == [1, 0.75, 0.5, 0.375, 0.25, 0.125, 0])
    #expect(points.map(\.accuracy) == [0.625, 0.625, 0.875, 0.875, 0.75, 0.75, 0.625])
    #expect(points.prefix(4).map(\.parity) == [nil, 1, 0.5, 0.6])
    #expect(points[0].threshold > 1 && Float(points[3].threshold) == 0.4)
    #expect(Self.worth.counts == (6, 6))
  }

  @Test func theTwoByTwoCountsTheStream() {
    let counts = Self.worth.twoByTwo
    #expect(counts.bothRight == 3 && counts.winnable == 2 && counts.breakable == 2 && counts.bothWrong == 1)
  }

  @Test func theCheapestIsWithinTheErrorOfTheBest() {
    #expect(Float(Self.worth.best?.threshold ?? 0) == 0.4)
    // An eighth less, and one of eight is its standard error; a quarter less is more than √2 ÷ 8.
    #expect(Float(Self.worth.cheapest?.threshold ?? 0) == 0.2 && Self.worth.cheapest?.error == 0.125)
  }

  @Test(arguments: [(0.9, 0, 0.75), (0.6, 0, 0.375), (0.55, 0, 0.125), (0.9, 30, nil)] as [(Double, Int, Double?)])
  func aParityHasItsPrice(target: Double, least: Int, share: Double?) {
    #expect(Self.worth.cheapest(parity: target, least: least)?.queryShare == share)
  }

  @Test func withoutTruthThereIsParityAlone() {
    let samples = Self.samples.map {
      ComparedSample(confidence: $0.confidence, isAudit: $0.isAudit, agreement: $0.agreement)
    }
    let worth = StreamWorth(samples, easy: 4, hard: 4)
    #expect(worth.best == nil && worth.cheapest == nil && worth.points.allSatisfy { $0.accuracy == nil })
    #expect(worth.points[3].parity == 0.6 && worth.counts == (6, 0))
  }

  /// Hard samples alone say nothing of easy ones; nothing says nothing.
  @Test func withoutAuditsOrAnythingItHolds() {
    #expect(StreamWorth([], easy: 10, hard: 0).points.isEmpty)
    let hard = StreamWorth(Self.samples.filter { !$0.isAudit }, easy: 10, hard: 4)
    #expect(hard.points.first?.queryShare == 1 && hard.points.last?.queryShare == 0)
    #expect(hard.thinned(to: 2).count == 2 && hard.thinned(to: 100).count == 5)
  }

  @Test func equallyConfidentSamplesAreOnePoint() {
    let samples = (0..<4).map { ComparedSample(confidence: 0.5, isAudit: false, agreement: $0 < 3 ? 1 : 0) }
    #expect(StreamWorth(samples, easy: 0, hard: 4).points.map(\.parity) == [nil, 0.75])
  }
}
