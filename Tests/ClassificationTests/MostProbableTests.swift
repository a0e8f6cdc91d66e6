import Cascade
@testable import Classification
import Testing

/// Against sorting all classes.
@Suite struct MostProbableTests {
  private func sorted(_ values: [Float], maximum: Int) -> [(Int, Float)] {
    let kept = values.enumerated().filter { $0.element > 0.5e-6 }
    // A stable sort: ties stay in their order.
    return kept.sorted { $0.element > $1.element }.prefix(maximum).map { ($0.offset, $0.element) }
  }

  private func most(_ values: [Float], maximum: Int, mass: Float = 1) -> MostProbable {
    values.withUnsafeBufferPointer { MostProbable(of: $0, maximum: maximum, mass: mass) }
  }

  @Test(arguments: [1, 2, 8, 9, 20, 50, 150, 1000])
  func isWhatSortingGives(classes: Int) {
    var random = SplitMix64(seed: UInt64(classes))
    for _ in 0..<50 {
      // Powers spread them over many magnitudes; rounding makes ties.
      var values = (0..<classes).map { _ in (Float.random(in: 0...1, using: &random) * 64).rounded() / 64 }
      values = values.map { $0 * $0 * $0 * $0 }
      let total = max(values.reduce(0, +), 1e-9)
      values = values.map { $0 / total }
      for maximum in [0, 1, 5, 20, 2000] {
        let expected = sorted(values, maximum: maximum)
        let found = most(values, maximum: maximum).shares
        #expect(found.map { Int($0.label) } == expected.map(\.0), "\(values), \(maximum)")
        #expect(found.map(\.probability) == expected.map(\.1))
      }
    }
  }

  /// A sum that rounded to 1 once cut the least probable off.
  @Test func namesAllWhereAllIsWanted() {
    #expect(most([0.999_999_9, 0.000_001, 0.000_000_6], maximum: 20).shares.map(\.label) == [0, 1, 2])
  }

  @Test func endsWhereTheMassIsReached() {
    let values: [Float] = [0.01, 0.2, 0.5, 0.25, 0.03, 0.01]
    #expect(most(values, maximum: 20, mass: 0.9).shares.map(\.label) == [2, 3, 1])
    #expect(most(values, maximum: 2, mass: 0.9).shares.map(\.label) == [2, 3])
  }

  @Test func holdsTheMassWhateverTheDistribution() {
    var random = SplitMix64(seed: 7)
    for classes in [2, 7, 50, 400] {
      let weights = (0..<classes).map { _ in Float.random(in: 0...1, using: &random) }
      let total = weights.reduce(0, +)
      let most = most(weights.map { $0 / total }, maximum: classes, mass: 0.99)
      #expect(most.mass >= 0.9899)
      #expect(most.mass - (most.shares.last?.probability ?? 0) < 0.9901)
    }
  }

  @Test func noProbabilityIsTooStrange() {
    #expect(most([], maximum: 20).shares.isEmpty)
    #expect(most([0, 0, 0], maximum: 20).shares.isEmpty)
    #expect(most([.nan, 0.5, .nan], maximum: 20).shares.map(\.label) == [1])
    let tooMuch = [Float](repeating: 1.5, count: 12) + [.infinity]
    #expect(most(tooMuch, maximum: 20).shares.map(\.label) == [12] + (0..<12))
  }
}
