import Testing

@testable import Router

@Suite struct SampleLotteryTests {
  private static let ids = (0..<5000).map { "sample-\($0)" }

  private func drawn(_ lottery: SampleLottery) -> Set<String> { Set(Self.ids.filter(lottery.draws)) }

  /// The deployment's salt and the purpose's own decide, so that ids chosen for one draw say nothing of another.
  @Test(arguments: [0, 0.1, 0.5, 1])
  func drawsOfDifferentSaltsAreIndependent(share: Double) {
    let draws = [1, 2, 0x5EED ^ 1, 0x5EED ^ 2].map { drawn(SampleLottery(share: share, salt: $0)) }
    for (index, one) in draws.enumerated() {
      #expect(abs(Double(one.count) / 5000 - share) < 0.03)
      for other in draws[(index + 1)...] {
        #expect(abs(Double(one.intersection(other).count) / 5000 - share * share) < 0.03)
      }
    }
  }

  /// Each router of a deployment draws alike, and so does the same one after its restart.
  @Test func aDrawIsRepeated() {
    #expect(drawn(SampleLottery(share: 0.3, salt: 9)) == drawn(SampleLottery(share: 0.3, salt: 9)))
  }

  /// Raised, a share draws more, and all that it drew before.
  @Test func aLargerShareDrawsWhatASmallerOneDrew() {
    let shares = [0, 0.001, 0.1, 0.5, 0.999, 1].map { drawn(SampleLottery(share: $0, salt: 3)) }
    for (smaller, larger) in zip(shares, shares.dropFirst()) { #expect(smaller.isStrictSubset(of: larger)) }
    #expect(shares.first == [] && shares.last?.count == Self.ids.count)
  }

  /// Ids that differ in their last byte only, as counters do, are drawn no more together than others.
  @Test func neighboursAreDrawnIndependently() {
    let lottery = SampleLottery(share: 0.5, salt: 1)
    let draws = (0..<5000).map { lottery.draws("\($0)") }
    let alike = zip(draws, draws.dropFirst()).count { $0 == $1 }
    #expect(abs(Double(alike) / 4999 - 0.5) < 0.03)
  }

  @Test func anIDIsItsBytes() {
    let lottery = SampleLottery(share: 0.5, salt: 1)
    let composed = (0..<200).map { "\($0)\u{E9}" }
    let decomposed = (0..<200).map { "\($0)e\u{301}" }
    #expect(composed == decomposed && composed.map(lottery.draws) != decomposed.map(lottery.draws))
  }
}
