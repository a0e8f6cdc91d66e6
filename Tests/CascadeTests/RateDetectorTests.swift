import Cascade
import Foundation
import Testing

@Suite struct RateDetectorTests {
  /// After how many answers of a rate the alarm comes; `nil` where it does not.
  private static func alarm(
    at rate: Double, limit: Double, after quiet: (count: Int, rate: Double) = (0, 0), of count: Int,
    _ generator: inout SplitMix64
  ) -> (place: Int, sinceChange: Int)? {
    var detector = RateDetector(.above, limit, runLength: 10_000)
    for place in 0..<count {
      let now = place < quiet.count ? quiet.rate : rate
      let isWrong = Double.random(in: 0..<1, using: &generator) < now
      if detector.sees(error: isWrong ? 1 : 0) { return (place + 1 - quiet.count, detector.answersSinceChange) }
    }
    return nil
  }

  /// Just at the limit, the hardest case: in the mean no more than one alarm in 10,000 answers is allowed.
  @Test(arguments: [0.02, 0.05, 0.1]) func aPromiseThatHoldsRaisesFewAlarms(limit: Double) {
    var generator = SplitMix64(seed: 3)
    let alarms = (0..<100).count { _ in Self.alarm(at: limit, limit: limit, of: 1000, &generator) != nil }
    #expect(alarms <= 10, "\(alarms) of 100 streams of 1,000 answers")
    let usual = (0..<20).count { _ in Self.alarm(at: limit * 0.6, limit: limit, of: 10_000, &generator) != nil }
    #expect(usual <= 2, "\(usual) of 20 streams of 10,000 answers that are better than promised")
  }

  /// 300 answers as promised and better, then a rate above the limit.
  @Test(arguments: [(0.02, 0.1, 200), (0.05, 0.15, 350), (0.05, 0.25, 120), (0.1, 0.3, 150)])
  func aBrokenOneRaisesOneSoon(limit: Double, rate: Double, within: Int) {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<50 {
      let alarm = Self.alarm(at: rate, limit: limit, after: (300, limit / 2), of: 300 + within, &generator)
      #expect((alarm?.place ?? 0) > 0)
      // Where it changed is found within some wrong answers by chance before, and some right ones after.
      if let alarm { #expect(abs(alarm.sinceChange - alarm.place) < 250, "\(alarm)") }
    }
  }

  /// Whatever comes one by one before the alarm, the limit itself moves no bet.
  @Test func answersThatAreWrongByTheLimitSayNothing() {
    var detector = RateDetector(.above, 0.1, runLength: 50)
    var seen = 0
    repeat { seen += 1 } while !detector.sees(error: 0.1)
    // Each brings the 1 that is put in for it, and no more.
    #expect(seen == 50)
  }

  /// The same below the limit: where the rate is just at it, and where it has fallen.
  @Test func aRateThatFallsIsSeenSoonAndSeldomWhereItDoesNot() {
    var (generator, alarms) = (SplitMix64(seed: 8), 0)
    for _ in 0..<60 {
      var detector = RateDetector(.below, 0.05, runLength: 10_000)
      let isAlarm = (0..<1000).contains { _ in
        detector.sees(error: Double.random(in: 0..<1, using: &generator) < 0.05 ? 1 : 0)
      }
      alarms += isAlarm ? 1 : 0
    }
    #expect(alarms <= 6, "\(alarms) of 60 streams of 1,000 answers")
    var detector = RateDetector(.below, 0.05, runLength: 10_000)
    let early = (0..<5000).contains { detector.sees(error: $0 % 4 == 0 ? 1 : 0) }
    #expect(!early)
    let fallen = (1...400).first { _ in detector.sees(error: 0) }
    #expect((100...250).contains(fallen ?? 0), "\(fallen ?? 0)")
  }
}
