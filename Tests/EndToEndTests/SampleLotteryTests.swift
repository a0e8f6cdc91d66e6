import Testing

@testable import Router

@Suite struct SampleLotteryTests {
  /// The deployment's salt and the purpose's own decide, so that ids chosen for one draw say nothing of another.
  @Test(arguments: [0, 0.1, 0.5, 1])
  func drawsOfDifferentSaltsAreIndependent(share: Double) {
    let lotteries = [1, 2, 0x5EED ^ 1, 0x5EED ^ 2].map { SampleLottery(share: share, salt: $0) }
    let draws = lotteries.map { lottery in (0..<5000).map { lottery.draws("sample-\($0)") } }
    for (index, one) in draws.enumerated() {
      #expect(abs(Double(one.count { $0 }) / 5000 - share) < 0.03)
      for other in draws[(index + 1)...] {
        let both = zip(one, other).count { $0 && $1 }
        #expect(abs(Double(both) / 5000 - share * share) < 0.03)
      }
    }
  }
}
