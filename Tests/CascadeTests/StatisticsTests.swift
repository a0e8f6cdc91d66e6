import Cascade
import Testing

/// Golden figures: numpy 2.4 and scipy 1.17 on the same values; the bootstrap by a SplitMix64 written in Python.
@Suite struct BootstrapTests {
  private static let left = (0..<200).map { Float(($0 * 7) % 10 < 8 ? 1 : 0) }
  private static let right = (0..<200).map { Float(($0 * 3 + $0 / 7) % 10 < 7 ? 1 : 0) }

  @Test func agreesWithNumpy() {
    let interval = Bootstrap(resamples: 1000, seed: 42).meanDifference(Self.left, Self.right)
    #expect(abs(interval.estimate - 0.085) < 1e-9)
    #expect(abs(interval.lower - 0.01) < 1e-9)
    #expect(abs(interval.upper - 0.165) < 1e-9)
  }

  @Test func anotherSeedIsAnotherDrawOfTheSameInterval() {
    let (one, other) = (
      Bootstrap(seed: 1).meanDifference(Self.left, Self.right), Bootstrap(seed: 2).meanDifference(Self.left, Self.right)
    )
    #expect(one != other && one.estimate == other.estimate)
    // scipy.stats.bootstrap with 20,000 draws: 0.00 to 0.17.
    #expect(abs(one.lower) < 0.02 && abs(one.upper - 0.17) < 0.02)
  }

  @Test func pairingNarrowsTheInterval() {
    let shifted = Self.left.enumerated().map { $0.offset < 4 ? 0 : $0.element }
    let paired = Bootstrap().meanDifference(Self.left, shifted)
    let unpaired = Bootstrap().mean(Self.left)
    #expect(paired.upper - paired.lower < (unpaired.upper - unpaired.lower) / 2)
  }

  @Test func nothingIsZero() {
    #expect(Bootstrap().mean([]) == Interval(estimate: 0, lower: 0, upper: 0))
  }
}

@Suite struct SignTestTests {
  /// scipy.stats.binomtest(losses, losses + gains, 0.5, alternative="greater")
  @Test(arguments: [(8, 0, 0.00390625), (8, 3, 0.11328125), (0, 5, 1), (30, 12, 0.003957948667448363), (0, 0, 1)])
  func agreesWithScipy(losses: Int, gains: Int, probability: Double) {
    #expect(abs(SignTest(losses: losses, gains: gains).probability - probability) < 1e-12)
  }

  @Test func testsThatCannotReachTheLimitDoNotShareIt() {
    let small = [SignTest](repeating: SignTest(losses: 1, gains: 1), count: 149)
    // Bonferroni over 150 would ask for 0.00033; only one test can reach 0.05 at all, so it has all of it.
    #expect(SignTest.significant(small + [SignTest(losses: 8, gains: 0)], alpha: 0.05) == [149])
    #expect(SignTest.significant(small + [SignTest(losses: 5, gains: 3)], alpha: 0.05).isEmpty)
    #expect(SignTest.significant([], alpha: 0.05).isEmpty)
  }

  /// Over many draws of 150 classes in which nothing changed for the worse, an alarm is raised in at most α of them.
  @Test func falseAlarmsAreRare() {
    var generator = SplitMix64(seed: 9)
    let draws = 400
    let alarms = (0..<draws).count { _ in
      let tests = (0..<150).map { _ in
        let differing = (0..<20).count { _ in Int.random(in: 0..<10, using: &generator) == 0 }
        let losses = (0..<differing).count { _ in Bool.random(using: &generator) }
        return SignTest(losses: losses, gains: differing - losses)
      }
      return !SignTest.significant(tests, alpha: 0.05).isEmpty
    }
    #expect(alarms <= draws / 20)
  }
}

@Suite struct PopulationStabilityTests {
  @Test func agreesWithNumpyAndScipy() {
    let shift = PopulationStability(reference: [400, 300, 200, 100], window: [90, 70, 120, 20])
    #expect(abs(shift.index - 0.19539515921881778) < 1e-12)
    #expect(abs(shift.noise - 0.07048702351703189) < 0.02 * 0.0705)
    #expect(shift.isShift(limit: 0.1) && !shift.isShift(limit: 0.25))
  }

  @Test func manyLabelsAndFewSamplesAreNoShift() {
    var generator = SplitMix64(seed: 4)
    var (reference, window) = ([Int](repeating: 0, count: 150), [Int](repeating: 0, count: 150))
    for _ in 0..<3000 { reference[Int.random(in: 0..<150, using: &generator)] += 1 }
    for _ in 0..<1000 { window[Int.random(in: 0..<150, using: &generator)] += 1 }
    let same = PopulationStability(reference: reference, window: window)
    #expect(same.index > 0.1)
    #expect(!same.isShift(limit: 0.1))
  }

  @Test func rareLabelsCountAsOne() {
    let rare = [Int](repeating: 1, count: 49)
    let scattered = PopulationStability(reference: [1000, 1] + rare, window: [500, 25] + rare.map { _ in 0 })
    let pooled = PopulationStability(reference: [1000, 1, 49], window: [500, 25, 0])
    #expect(scattered == pooled)
  }

  @Test func nothingIsNoShift() {
    #expect(!PopulationStability(reference: [], window: []).isShift(limit: 0))
    #expect(!PopulationStability(reference: [3, 4], window: [0, 0]).isShift(limit: 0))
  }
}

@Suite struct KolmogorovSmirnovTests {
  private static let left = (0..<150).map { Float(($0 * 37) % 101) / 101 }
  private static let right = (0..<120).map { i -> Float in
    let value = Float((i * 53) % 97) / 97
    return value * value.squareRoot()
  }

  /// scipy.stats.ks_2samp: statistic, and p between its exact and its asymptotic one.
  @Test func agreesWithScipy() {
    let test = KolmogorovSmirnov(Self.left, Self.right)
    #expect(abs(test.distance - 0.17333333333333334) < 1e-9)
    #expect(abs(test.probability - 0.0323) < 0.003)
  }

  @Test func theSameIsNoShift() {
    let test = KolmogorovSmirnov(Self.left, Array(Self.left.prefix(80)))
    #expect(abs(test.distance - 0.01333333333333342) < 1e-9 && test.probability > 0.999)
    #expect(KolmogorovSmirnov([], [1]).probability == 1)
  }
}

@Suite struct CalibrationErrorTests {
  @Test func calibrationErrorIsTheGapOfEachBin() {
    #expect(CalibrationError.expected(confidences: [1, 1, 1, 1], qualities: [1, 1, 1, 1]) == 0)
    #expect(abs(CalibrationError.expected(confidences: [0.9, 0.9], qualities: [1, 0]) - 0.4) < 1e-6)
    #expect(abs(CalibrationError.expected(confidences: [0.9, 0.9], qualities: [0.75, 0.85]) - 0.1) < 1e-6)
    #expect(CalibrationError.expected(confidences: [], qualities: []) == 0)
  }
}

/// What a stored answer may hold after all reaches these; none of it may trap, or never end.
@Suite struct NoNumberTests {
  private static let odd: [Float] = [.nan, -.nan, .infinity, -.infinity, 3e38, -3e38, -1, 2, .leastNonzeroMagnitude]

  @Test(arguments: odd) func calibrationErrorStaysAShare(number: Float) {
    let error = CalibrationError.expected(confidences: [number, 0.5], qualities: [1, 0])
    #expect((0...1).contains(error))
  }

  @Test(arguments: odd) func theDistanceOfTwoSetsEnds(number: Float) {
    let values = (0..<100).map { Float($0) / 100 }
    for (left, right) in [([number], values), (values, [number]), (values + [number], values), ([number], [number])] {
      let test = KolmogorovSmirnov(left, right)
      #expect((0...1).contains(test.distance) && (0...1).contains(test.probability))
    }
    #expect(KolmogorovSmirnov(values + [.nan], values).distance == 0)
  }

  @Test(arguments: odd) func aCurveHasAPoint(number: Float) {
    let outcome = HeldOutOutcome(confidence: number, quality: 1, agreement: 1, nextQuality: 0)
    #expect(ThresholdCurve([outcome]).sampleCount == 1)
  }
}
