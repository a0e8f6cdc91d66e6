import Cascade
import Evaluation
import Testing

/// Samples of 150 labels with 20 each, in three regions, as clinc150-lt's validation file has them.
private struct HeldOut {
  /// P(right) and P(asks the large model) of a cascade in a label.
  struct Model: Sendable {
    var accuracy: @Sendable (Int) -> Double
    var queryShare: Double
  }

  let undistilled: Model
  let inForce: Model
  let candidate: Model
  var labels = 150
  var perLabel = 20
  /// The share of the samples on which the candidate draws anew instead of answering as the cascade in force.
  var redrawn = 0.15

  func samples(seed: UInt64) -> [JudgedSample] {
    var generator = SplitMix64(seed: seed)
    return (0..<labels * perLabel).map { index in
      let label = index / perLabel
      let region = ["head", "medium", "tail"][label * 3 / labels]
      let (first, second) = (Double.random(in: 0..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
      let isRedrawn = Double.random(in: 0..<1, using: &generator) < redrawn
      let fresh = (Double.random(in: 0..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
      func outcome(_ model: Model, _ draw: (Double, Double)) -> CascadeOutcome {
        CascadeOutcome(
          quality: draw.0 < model.accuracy(label) ? 1 : 0, asksLarge: draw.1 < model.queryShare,
          confidence: Float(model.accuracy(label)))
      }
      return JudgedSample(
        groups: [SampleGroup(.region, region), SampleGroup(.label, "label \(label)")],
        candidate: outcome(candidate, isRedrawn ? fresh : (first, second)), inForce: outcome(inForce, (first, second)),
        undistilled: outcome(undistilled, (first, second)))
    }
  }
}

@Suite struct ValidationGateTests {
  private static let plain = HeldOut.Model(accuracy: { _ in 0.78 }, queryShare: 0.36)
  private let gate = {
    var rule = ValidationGate.Rule()
    // Unoptimised test builds draw slowly.
    rule.bootstrap.resamples = 200
    return ValidationGate(rule)
  }()

  private func verdict(
    _ candidate: HeldOut.Model, inForce: HeldOut.Model = plain, undistilled: HeldOut.Model = plain, seed: UInt64 = 1
  ) -> Verdict {
    gate.judge(HeldOut(undistilled: undistilled, inForce: inForce, candidate: candidate).samples(seed: seed))
  }

  private func kinds(_ verdict: Verdict) -> Set<Verdict.Reason.Kind> { Set(verdict.reasons.map(\.kind)) }

  /// The threshold's rule has said what it may cost; the gate only asks whether it is worth it.
  @Test(arguments: [(0.7, 0.3, true), (0.7, 0.31, false), (0.95, 0.04, true)])
  func aFirstModelMustAnswerItsShare(queryShare: Double, leastShare: Double, isPromoted: Bool) {
    let samples = (0..<1000).map { index in
      let large = CascadeOutcome(quality: 1, asksLarge: true, confidence: 0.9)
      let isHard = Double(index) < queryShare * 1000
      let first = CascadeOutcome(quality: index % 10 == 0 ? 0 : 1, asksLarge: isHard, confidence: 0.9)
      return JudgedSample(groups: [], candidate: first, inForce: large, undistilled: large)
    }
    let verdict = gate.judgeFirst(samples, leastShare: leastShare)
    #expect(verdict.decision == (isPromoted ? .promoted : .rejected))
    #expect(kinds(verdict) == [isPromoted ? .fewerQueries : .savesTooLittle])
    #expect(kinds(gate.judgeFirst(Array(samples.prefix(199)), leastShare: 0)).contains(.tooFewSamples))
  }

  @Test func promotesTheSameAccuracyAtFewerQueries() {
    let verdict = verdict(HeldOut.Model(accuracy: { _ in 0.785 }, queryShare: 0.02))
    #expect(verdict.decision == .promoted && kinds(verdict) == [.fewerQueries], "\(verdict.summary)")
    #expect(verdict.queryShareDifference.upper < 0 && verdict.candidate.queryShare < verdict.inForce.queryShare)
  }

  @Test func promotesABetterAccuracyAtNoMoreQueries() {
    let verdict = verdict(HeldOut.Model(accuracy: { _ in 0.83 }, queryShare: 0.34))
    #expect(verdict.decision == .promoted && kinds(verdict).contains(.moreAccurate), "\(verdict.summary)")
  }

  @Test func refusesABetterAccuracyBoughtWithQueries() {
    let verdict = verdict(HeldOut.Model(accuracy: { _ in 0.83 }, queryShare: 0.45))
    #expect(verdict.decision == .rejected && kinds(verdict) == [.noWin], "\(verdict.summary)")
  }

  @Test func refusesFewerQueriesPaidForWithAccuracy() {
    let verdict = verdict(HeldOut.Model(accuracy: { _ in 0.72 }, queryShare: 0.02))
    #expect(verdict.decision == .rejected && kinds(verdict).contains(.lessAccurate), "\(verdict.summary)")
  }

  @Test func refusesTheSameCascade() {
    let same = HeldOut(undistilled: Self.plain, inForce: Self.plain, candidate: Self.plain, redrawn: 0)
    let verdict = gate.judge(same.samples(seed: 3))
    #expect(verdict.decision == .rejected && kinds(verdict) == [.noWin])
    #expect(verdict.accuracyDifference.estimate == 0)
  }

  @Test func refusesARegionThatPaysForTheOthers() {
    let verdict = verdict(HeldOut.Model(accuracy: { $0 < 100 ? 0.95 : 0.35 }, queryShare: 0.02))
    #expect(kinds(verdict).contains(.groupWorse), "\(verdict.summary)")
    #expect(verdict.reasons.contains { $0.text.contains("region \"tail\"") })
  }

  @Test func seesTheOneLabelThatWasLost() {
    let lost = HeldOut(
      undistilled: Self.plain, inForce: Self.plain,
      candidate: HeldOut.Model(accuracy: { _ in 0.78 }, queryShare: 0.02), redrawn: 0)
    let verdict = gate.judge(
      lost.samples(seed: 5).enumerated().map { index, sample in
        index / 20 == 7
          ? JudgedSample(
            groups: sample.groups, candidate: CascadeOutcome(quality: 0, asksLarge: false, confidence: 0.9),
            inForce: sample.inForce, undistilled: sample.undistilled) : sample
      })
    #expect(verdict.decision == .rejected && kinds(verdict) == [.groupWorse], "\(verdict.summary)")
    #expect(verdict.reasons.contains { $0.text.contains("label \"label 7\"") })
  }

  /// With 150 labels of 20 samples, many lose some by chance: a candidate that is nowhere worse must still pass.
  @Test func chanceAmongManyLabelsIsNoReason() {
    let refused = (0..<40).count {
      let verdict = verdict(HeldOut.Model(accuracy: { _ in 0.785 }, queryShare: 0.02), seed: UInt64(100 + $0))
      return kinds(verdict).contains(.groupWorse)
    }
    #expect(refused <= 4)
  }

  @Test func refusesConfidencesThatMeanLess() {
    let samples = HeldOut(
      undistilled: Self.plain, inForce: Self.plain, candidate: HeldOut.Model(accuracy: { _ in 0.79 }, queryShare: 0.02)
    ).samples(seed: 2).map { sample in
      JudgedSample(
        groups: sample.groups,
        candidate: CascadeOutcome(
          quality: sample.candidate.quality, asksLarge: sample.candidate.asksLarge, confidence: 0.99),
        inForce: sample.inForce, undistilled: sample.undistilled)
    }
    #expect(kinds(gate.judge(samples)) == [.miscalibrated])
  }

  @Test func refusesTooFewSamples() {
    let few = HeldOut(
      undistilled: Self.plain, inForce: Self.plain, candidate: HeldOut.Model(accuracy: { _ in 0.9 }, queryShare: 0),
      labels: 5)
    #expect(kinds(gate.judge(few.samples(seed: 1))).contains(.tooFewSamples))
    #expect(kinds(gate.judge([])).contains(.tooFewSamples))
  }

  /// A cascade in force that lost two points against none distilled: one as good as it is still refused.
  @Test func manySmallLossesDoNotAddUp() {
    let undistilled = HeldOut.Model(accuracy: { _ in 0.82 }, queryShare: 0.36)
    let verdict = verdict(
      HeldOut.Model(accuracy: { _ in 0.78 }, queryShare: 0.01),
      inForce: HeldOut.Model(accuracy: { _ in 0.78 }, queryShare: 0.1), undistilled: undistilled)
    #expect(verdict.decision == .rejected)
    #expect(verdict.reasons.contains { $0.kind == .lessAccurate && $0.text.contains("no distillation") })
  }

  @Test func aWorseStreamIsRefused() {
    let candidate = HeldOut.Model(accuracy: { _ in 0.785 }, queryShare: 0.02)
    let heldOut = HeldOut(undistilled: Self.plain, inForce: Self.plain, candidate: candidate).samples(seed: 1)
    let stream = HeldOut(
      undistilled: Self.plain, inForce: Self.plain, candidate: HeldOut.Model(accuracy: { _ in 0.5 }, queryShare: 0.02),
      labels: 30, redrawn: 1
    ).samples(seed: 2)
    #expect(kinds(gate.judge(heldOut, stream: stream)) == [.streamWorse])
    #expect(gate.judge(heldOut, stream: Array(heldOut.prefix(300))).decision == .promoted)
  }

  @Test func everyReasonHasNumbers() {
    for reason in verdict(HeldOut.Model(accuracy: { $0 < 100 ? 0.7 : 0.3 }, queryShare: 0.5)).reasons {
      #expect(reason.text.contains { $0.isNumber })
    }
  }
}
