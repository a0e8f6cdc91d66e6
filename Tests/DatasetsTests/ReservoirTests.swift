import Datasets
import Testing

@Suite struct ReservoirTests {
  @Test(arguments: [0, 1, 5, 6])
  func fewAreAllKept(count: Int) {
    var reservoir = Reservoir<Int>(capacity: 6, seed: 1)
    for number in 0..<count { reservoir.offer(number) }
    #expect(reservoir.kept == Array(0..<count) && reservoir.count == count)
  }

  /// Each tenth of 1,000 numbers is kept as often as any other: of 2,000 draws of 10 some 2,000 times, with a standard
  /// deviation of 42.
  @Test func anyIsAsLikelyAsAnother() {
    var counts = [Int](repeating: 0, count: 10)
    for seed in 0..<2000 {
      var reservoir = Reservoir<Int>(capacity: 10, seed: UInt64(seed))
      for number in 0..<1000 { reservoir.offer(number) }
      #expect(Set(reservoir.kept).count == 10)
      for number in reservoir.kept { counts[number / 100] += 1 }
    }
    #expect(counts.allSatisfy { abs($0 - 2000) < 5 * 42 }, "\(counts)")
  }
}
