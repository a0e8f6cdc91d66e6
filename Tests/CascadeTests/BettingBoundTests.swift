import Cascade
import Foundation
import Testing

@Suite struct BettingBoundTests {
  /// Golden figures: numpy, log of the mean over 32 rates r = ε ((i + ½) ÷ 32)² of ((1 − r) ÷ (1 − ε))^right · (r ÷ ε)^wrong.
  @Test(arguments: [
    (0.0, 59, 0.05, 2.3449415129398896),
    (3.0, 200, 0.05, 2.5620891403711448),
    (12.5, 1000, 0.02, 0.3338049218909349),
    (100.0, 1000, 0.1, -2.8304449519146817),
    (400.0, 1000, 0.2, -11.431475474299413),
  ])
  func wealthAgreesWithNumpy(errors: Double, count: Int, limit: Double, logWealth: Double) {
    #expect(abs(BettingBound.logWealth(errors: errors, count: count, against: limit) - logWealth) < 1e-9)
  }

  @Test func nothingCountedIsNoEvidence() {
    #expect(BettingBound.logWealth(errors: 0, count: 0, against: 0.05) == 0)
    #expect(!BettingBound.shows(errors: 0, count: 0, atMost: 0.5, alpha: 0.5))
  }

  /// None of them wrong; an exact test that is looked at once needs 59, 29 and 149 (log α ÷ log (1 − ε)).
  @Test(arguments: [(0.05, 74), (0.1, 36), (0.02, 188)]) func soManyRightAnswersShowIt(limit: Double, least: Int) {
    #expect(BettingBound.shows(errors: 0, count: least, atMost: limit, alpha: 0.05))
    #expect(!BettingBound.shows(errors: 0, count: least - 1, atMost: limit, alpha: 0.05))
  }

  /// Looked at after every answer of 600, at a rate that is just too high.
  @Test(arguments: [0.02, 0.05, 0.1]) func itHoldsHoweverOftenItIsLookedAt(limit: Double) {
    var (generator, alarms) = (SplitMix64(seed: 17), 0)
    for _ in 0..<200 {
      var errors = 0.0
      for count in 1...600 {
        errors += Double.random(in: 0..<1, using: &generator) < limit ? 1 : 0
        guard BettingBound.shows(errors: errors, count: count, atMost: limit, alpha: 0.05) else { continue }
        alarms += 1
        break
      }
    }
    #expect(alarms <= 10, "\(alarms) of 200")
  }

  /// A reply that is half wrong counts half, which is less than its bet would win.
  @Test func whatIsNeitherRightNorWrongIsNotFlattered() {
    let (limit, count) = (0.2, 300)
    let errors = Double(count) * 0.1
    let wealth = (0..<32).reduce(0.0) { wealth, bet in
      let place = (Double(bet) + 0.5) / 32
      let share = place * place
      let stake = (1 - share) / (1 - limit)
      var own = 1.0
      for _ in 0..<count { own *= 1 + stake * (0.9 - (1 - limit)) }
      return wealth + own / 32
    }
    #expect(BettingBound.logWealth(errors: errors, count: count, against: limit) <= log(wealth))
  }

  /// The rate is above the bound in at most 5 % of the streams, though each is looked at 40 times.
  @Test(arguments: [0.01, 0.05, 0.3]) func theBoundHoldsHoweverOftenItIsLookedAt(rate: Double) {
    var (generator, misses) = (SplitMix64(seed: 23), 0)
    for _ in 0..<100 {
      var (errors, isMissed) = (0.0, false)
      for count in 1...1000 {
        errors += Double.random(in: 0..<1, using: &generator) < rate ? 1 : 0
        if count % 25 == 0, BettingBound.upper(errors: errors, count: count, alpha: 0.05) < rate { isMissed = true }
      }
      misses += isMissed ? 1 : 0
    }
    #expect(misses <= 5, "\(misses) of 100")
  }

  @Test func theBoundIsTheLeastLimitThatIsShown() {
    for (errors, count) in [(0.0, 10), (0, 74), (3, 200), (50, 60)] {
      let bound = BettingBound.upper(errors: errors, count: count, alpha: 0.05)
      for limit in stride(from: 0.005, to: 1, by: 0.005)
      where abs(limit - bound) > 1e-6 && limit > errors / Double(count) {
        #expect(BettingBound.shows(errors: errors, count: count, atMost: limit, alpha: 0.05) == (limit > bound))
      }
    }
    #expect(BettingBound.upper(errors: 0, count: 0, alpha: 0.05) == 1)
    #expect(BettingBound.upper(errors: 4, count: 4, alpha: 0.05) == 1)
  }
}
