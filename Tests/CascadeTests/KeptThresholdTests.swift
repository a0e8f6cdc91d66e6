import Cascade
import Testing

@Suite struct KeptThresholdTests {
  private static let promise = Promise(.parity, error: 0.05, alpha: 0.05)

  private static func kept(_ threshold: Float) -> KeptThreshold {
    KeptThreshold(calibrated: 0.6, threshold: threshold, promise: promise, runLength: 10_000)
  }

  /// Answers with confidences from `lowest` up, of which each is wrong by a chance that may depend on its confidence.
  private static func answers(
    _ count: Int, from lowest: Float = 0.6, to highest: Float = 1, _ generator: inout SplitMix64,
    wrong: (Float) -> Double
  ) -> [JudgedAnswer] {
    (0..<count).map { _ in
      let confidence = Float.random(in: lowest..<highest, using: &generator)
      return JudgedAnswer(
        confidence: confidence, error: Double.random(in: 0..<1, using: &generator) < wrong(confidence) ? 1 : 0)
    }
  }

  @Test func candidatesRiseFromTheCalibratedOne() {
    let candidates = Self.kept(0.6).candidates
    #expect(candidates.first == 0.6 && candidates == candidates.sorted() && Set(candidates).count == 8)
    #expect(candidates.allSatisfy { $0 < 1 })
  }

  @Test func withoutAnswersNothingIsShownAndNothingMoves() {
    let judgement = Self.kept(0.6).judge(KeptThreshold.Evidence([]))
    #expect(judgement.move == .stay && judgement.lowerBound == 0 && judgement.count == 0 && !judgement.wasKept)
  }

  @Test func aPromiseThatHoldsStaysAndIsShown() {
    var generator = SplitMix64(seed: 1)
    let judgement = Self.kept(0.6).judge(
      KeptThreshold.Evidence(Self.answers(1000, &generator) { _ in 0.02 }))
    #expect(judgement.move == .stay && judgement.wasKept)
    #expect((0.95...0.98).contains(judgement.lowerBound))
  }

  /// Errors whatever the confidence, as where the large model changes its mind about classes: nothing is left to hold.
  @Test func aBrokenOneAsksForEverythingWhereNoConfidenceHelps() {
    var generator = SplitMix64(seed: 2)
    let given = Self.answers(400, &generator) { _ in 0.01 } + Self.answers(200, &generator) { _ in 0.3 }
    let judgement = Self.kept(0.6).judge(KeptThreshold.Evidence(given))
    guard case .raise(let threshold, let answers) = judgement.move else { return #expect(Bool(false)) }
    #expect(threshold == ThresholdCurve.nothingIsEasy && judgement.wasKept)
    #expect(abs(answers - 200) < 60, "\(answers)")
  }

  /// Errors only among the less sure: a higher δ is shown by the answers since.
  @Test func aBrokenOneKeepsWhatStillHolds() {
    var generator = SplitMix64(seed: 3)
    let given = Self.answers(2000, &generator) { $0 < 0.75 ? 0.6 : 0.005 }
    let judgement = Self.kept(0.6).judge(KeptThreshold.Evidence(given))
    guard case .raise(let threshold, _) = judgement.move else { return #expect(Bool(false)) }
    #expect(threshold == 0.8 && !judgement.wasKept)
  }

  /// Nothing is easy, the large model answers all, and agrees again.
  @Test func whatIsWithheldBringsItDownAgain() {
    var generator = SplitMix64(seed: 4)
    let kept = Self.kept(ThresholdCurve.nothingIsEasy)
    let few = KeptThreshold.Evidence(Self.answers(60, &generator) { _ in 0 })
    #expect(kept.judge(few).move == .stay)
    let many = KeptThreshold.Evidence(Self.answers(1200, &generator) { _ in 0.01 })
    #expect(kept.judge(many).move == .lower(to: 0.6))
    let half = KeptThreshold.Evidence(Self.answers(3000, &generator) { $0 < 0.85 ? 0.4 : 0.01 })
    guard case .lower(let threshold) = kept.judge(half).move else { return #expect(Bool(false)) }
    #expect(threshold == 0.9)
  }

  /// Of the answers above δ one in twenty is drawn, of those withheld all: counted alike, the worse ones would drown it.
  @Test func answersCountAsOftenAsTheyStandInTheStream() {
    var generator = SplitMix64(seed: 5)
    let given = Self.answers(1500, from: 0.8, &generator) { _ in 0.002 }
    let withheld = Self.answers(7500, to: 0.8, &generator) { _ in 0.08 }
    let mixed = KeptThreshold.Evidence((given + withheld).shuffled(using: &generator), givenShare: 0.05)
    #expect(Self.kept(0.8).judge(mixed).move == .lower(to: 0.6))
    #expect(Self.kept(0.8).judge(KeptThreshold.Evidence(mixed.answers)).move == .stay)
  }

  /// However long it was broken: what was wrong then does not count for ever.
  @Test func aLongBreachIsForgottenOnceItHolds() {
    var generator = SplitMix64(seed: 7)
    let answers = Self.answers(3000, &generator) { _ in 0.3 } + Self.answers(500, &generator) { _ in 0.005 }
    let kept = Self.kept(ThresholdCurve.nothingIsEasy)
    #expect(kept.judge(KeptThreshold.Evidence(Array(answers.prefix(3000)))).move == .stay)
    #expect(kept.judge(KeptThreshold.Evidence(answers)).move == .lower(to: 0.6))
  }

  /// A stream whose would-be easy answers are right as often as is just too little, with nothing easy: how often does the
  /// promise come down to them, looked at after every 100 answers?
  @Test func itSeldomComesDownToWhatDoesNotHold() {
    var (generator, falls) = (SplitMix64(seed: 6), 0)
    for _ in 0..<60 {
      let answers = Self.answers(800, &generator) { _ in 0.055 }
      let comesDown = stride(from: 100, through: 800, by: 100).contains { count in
        let kept = Self.kept(ThresholdCurve.nothingIsEasy)
        return kept.judge(KeptThreshold.Evidence(Array(answers.prefix(count)))).move != .stay
      }
      falls += comesDown ? 1 : 0
    }
    #expect(falls <= 3, "\(falls) of 60")
  }
}
