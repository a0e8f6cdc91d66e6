import Cascade
import Classification
import Foundation
import Tasks
import Testing

@testable import Evaluation

/// Small models and a large one that err independently; each small one is right as often as it is sure, after its T.
private struct Toy {
  static let classCount = 4
  let samples: HeldOutSamples
  private var random: SplitMix64

  init(_ count: Int, largeAccuracy: Double, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let labels = (0..<Self.classCount).map { "label \($0)" }
    let rows = (0..<count).map { index in
      let truth = Int.random(in: 0..<Self.classCount, using: &random)
      let isRight = Double.random(in: 0..<1, using: &random) < largeAccuracy
      return HeldOutRow(
        id: "\(index)", input: .text(""), label: labels[truth],
        largeLabel: labels[isRight ? truth : (truth + 1) % Self.classCount], largeConfidence: 0.7)
    }
    samples = try HeldOutSamples(rows, labels: LabelIndex(labels), version: "toy")
    self.random = random
  }

  /// - Parameters:
  ///   - skill: how often it is right, above the share of chance, below 1.
  ///   - sureness: what its logits are multiplied by, so that its T is as much.
  mutating func stage(
    _ answeredBy: AnsweredBy, skill: ClosedRange<Double>, sureness: Double = 1, temperature: Float? = nil
  ) -> OpenStage {
    let logits = samples.truths.flatMap { truth -> [Float] in
      let share = Double.random(in: skill, using: &random)
      let isRight = Double.random(in: 0..<1, using: &random) < share
      let answer = isRight ? truth : (truth + Int.random(in: 1..<Self.classCount, using: &random)) % Self.classCount
      // By softmax the answer's probability is `share`.
      let logit = Float(sureness * log(share * Double(Self.classCount - 1) / (1 - share)))
      return (0..<Self.classCount).map { $0 == answer ? logit : 0 }
    }
    return OpenStage(
      answeredBy: answeredBy, version: answeredBy.rawValue, temperature: temperature,
      logits: Logits(logits, classCount: Self.classCount))
  }
}

@Suite struct CascadeCalibrationTests {
  private func score(_ toy: Toy, _ stages: [OpenStage], _ fits: [StageFit]) -> Score {
    Score(toy.samples.outcomes(toy.samples.indices, of: zip(stages, fits).map { $0.fitted($1) }))
  }

  @Test func oneStageIsTemperatureCurveAndRule() throws {
    var toy = try Toy(600, largeAccuracy: 0.8, seed: 1)
    let stage = toy.stage(.specific, skill: 0.3...0.99, sureness: 3)
    let fit = CascadeCalibration(samples: toy.samples, rule: .bestAccuracy)
      .fit([stage], on: toy.samples.indices)[0]
    let temperature = Temperature.fit(
      logits: stage.logits.values, labels: toy.samples.truths, classCount: Toy.classCount)
    #expect(fit.temperature == temperature && abs(temperature - 3) < 0.5)
    let curve = ThresholdCurve(
      toy.samples.indices.map { sample in
        let top = stage.logits.top(sample, temperature: temperature)
        return HeldOutOutcome(
          confidence: top.probability, quality: top.label == toy.samples.truths[sample] ? 1 : 0,
          agreement: top.label == toy.samples.large[sample].label ? 1 : 0,
          nextQuality: toy.samples.large[sample].label == toy.samples.truths[sample] ? 1 : 0)
      })
    #expect(fit.curve == curve)
    #expect(try fit.choice.get() == ThresholdRule.bestAccuracy.choose(from: curve))
    #expect(score(toy, [stage], [fit]).accuracy > 0.8)
  }

  @Test func aTemperatureThatIsKnownStays() throws {
    var toy = try Toy(200, largeAccuracy: 0.8, seed: 2)
    let stage = toy.stage(.specific, skill: 0.3...0.99, temperature: 1.5)
    let calibration = CascadeCalibration(samples: toy.samples, rule: .bestAccuracy)
    #expect(calibration.fit([stage], on: toy.samples.indices)[0].temperature == 1.5)
  }

  /// However many stages: the rule is the whole cascade's.
  @Test(arguments: [1, 2, 3, 4], [Float(0), 0.05, 0.3]) func aBudgetIsKept(count: Int, budget: Float) throws {
    var toy = try Toy(1000, largeAccuracy: 0.9, seed: UInt64(count))
    let stages = (0..<count).map { toy.stage(.intermediate, skill: 0.3 + 0.1 * Double($0)...0.98) }
    let fits = CascadeCalibration(samples: toy.samples, rule: .queryBudget(budget))
      .fit(stages, on: toy.samples.indices)
    #expect(fits.count == count)
    #expect(score(toy, stages, fits).queryShare <= Double(budget) + 1e-6)
  }

  @Test(arguments: [1, 2, 3]) func aFloorIsReached(count: Int) throws {
    var toy = try Toy(1000, largeAccuracy: 0.95, seed: UInt64(10 + count))
    let stages = (0..<count).map { _ in toy.stage(.intermediate, skill: 0.4...0.98) }
    let fits = CascadeCalibration(samples: toy.samples, rule: .accuracyFloor(0.85))
      .fit(stages, on: toy.samples.indices)
    #expect(score(toy, stages, fits).accuracy >= 0.85 - 1e-5)
  }

  @Test func eachStageIsFittedOnWhatTheOnesBeforePassOn() throws {
    var toy = try Toy(1000, largeAccuracy: 0.85, seed: 5)
    let stages = [
      toy.stage(.specific, skill: 0.3...0.99), toy.stage(.learnable, skill: 0.4...0.99),
      toy.stage(.intermediate, skill: 0.5...0.99),
    ]
    let fits = CascadeCalibration(samples: toy.samples, rule: .bestAccuracy).fit(stages, on: toy.samples.indices)
    var earlier: [FittedStage] = []
    for (stage, fit) in zip(stages, fits) {
      let reaching = toy.samples.passedOn(toy.samples.indices, by: earlier)
      #expect(fit.curve.sampleCount == reaching.count && reaching.count > 0)
      earlier.append(stage.fitted(fit))
    }
    // The last stage's curve is of what the large model is asked about, so its choice is the cascade's.
    let last = try #require(fits.last)
    let asked = Double(try last.choice.get().queryShare) * Double(last.curve.sampleCount)
    #expect(abs(score(toy, stages, fits).queryShare - asked / 1000) < 1e-6)
  }

  /// Of three models that err independently, together they are better than any two.
  @Test func aFurtherStageDoesNotHurt() throws {
    var toy = try Toy(2000, largeAccuracy: 0.85, seed: 15)
    let (first, second) = (toy.stage(.specific, skill: 0.3...0.99), toy.stage(.intermediate, skill: 0.5...0.99))
    let calibration = CascadeCalibration(samples: toy.samples, rule: .bestAccuracy)
    let (one, both) = (
      score(toy, [first], calibration.fit([first], on: toy.samples.indices)),
      score(toy, [first, second], calibration.fit([first, second], on: toy.samples.indices))
    )
    #expect(both.accuracy > one.accuracy && both.queryShare < one.queryShare, "\(one), \(both)")
  }

  /// A tier that answers all that reaches it asks no large model, whatever stands before it.
  @Test func whatGoesToASurerSmallModelIsNoQuery() throws {
    var toy = try Toy(400, largeAccuracy: 0.5, seed: 6)
    let first = toy.stage(.specific, skill: 0.3...0.9)
    let second = toy.stage(.intermediate, skill: 0.95...0.99, temperature: 1)
    let all = FittedStage(
      stage: CascadeStage(answeredBy: .intermediate, version: "", threshold: 0), temperature: 1, logits: second.logits)
    let fit = CascadeCalibration(samples: toy.samples, rule: .queryBudget(0))
      .fit(first, between: [], and: [all], on: toy.samples.indices)
    #expect(fit.curve.points.allSatisfy { $0.queryShare == 0 })
    #expect(try fit.choice.get().accuracy > 0.9)
  }

  @Test func aStageThatNoThresholdServesAnswersNothing() throws {
    var toy = try Toy(100, largeAccuracy: 0.5, seed: 7)
    let stage = toy.stage(.learnable, skill: 0.3...0.5)
    let fit = CascadeCalibration(samples: toy.samples, rule: .accuracyFloor(0.99)).fit(
      [stage], on: toy.samples.indices)[0]
    #expect(fit.threshold == ThresholdCurve.nothingIsEasy && fit.failure?.contains("0.99") == true)
    #expect(score(toy, [stage], [fit]).queryShare == 1)
  }

  @Test func everySampleIsJudgedByAFitOnTheOtherHalf() throws {
    var toy = try Toy(301, largeAccuracy: 0.8, seed: 8)
    let before = toy.stage(.specific, skill: 0.3...0.99)
    let stage = toy.stage(.learnable, skill: 0.4...0.99)
    let calibration = CascadeCalibration(samples: toy.samples, rule: .bestAccuracy)
    let earlier = [before.fitted(calibration.fit([before], on: toy.samples.indices)[0])]
    let outcomes = calibration.crossFittedOutcomes(stage, between: earlier)
    #expect(outcomes.count == 301)
    for half in [0, 1] {
      let (mine, others) = (
        toy.samples.indices.filter { $0 % 2 == half }, toy.samples.indices.filter { $0 % 2 != half }
      )
      let fit = calibration.fit(stage, between: earlier, on: others)
      #expect(mine.map { outcomes[$0] } == toy.samples.outcomes(mine, of: earlier + [stage.fitted(fit)]))
    }
  }

  @Test func aLabelThatTheModelDoesNotKnowIsNamed() {
    let row = HeldOutRow(id: "7", input: .text(""), label: "x", largeLabel: "a", largeConfidence: nil)
    let error = #expect(throws: EvaluationError.self) {
      try HeldOutSamples([row], labels: LabelIndex(["a"]), version: "s1")
    }
    #expect(error?.description.contains("\"7\"") == true && error?.description.contains("\"x\"") == true)
  }
}

@Suite struct SmallModelCalibrationTests {
  /// numpy: softmax of each row at T = 1 is the row itself.
  @Test func countsWhatPruningNeeds() {
    let shares: [[Float]] = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]
    let logits = Logits(shares.flatMap { $0.map(log) }, classCount: 3)
    let answers = logits.answers(temperature: 1)
    #expect(answers.top.map(\.label) == [0, 1, 0, 2])
    #expect(zip(answers.prior, [0.4, 0.375, 0.225] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
    let facts = SmallModelFacts(answers, truths: [0, 1, 1, 2])
    #expect(facts.recall == [1, 0.5, 1] && facts.precision == [0.5, 1, 1])
    #expect(logits.only([3, 0]).values == Array(logits[3]) + Array(logits[0]))
    let calibration = SmallModelCalibration(logits, truths: [0, 1, 1, 2])
    #expect(calibration.temperature > 0 && calibration.calibrationError >= 0)
  }
}
