import Cascade
import Content
import Evaluation
import Foundation
import LargeModel
import SmallModel
import Tasks
import Testing

@testable import Distiller

@Suite struct DistillationTests {
  private static var rule: Distillation.Rule {
    var rule = Distillation.Rule()
    rule.training = ToyTask.training
    rule.gate.bootstrap.resamples = 300
    return rule
  }

  private static func input(
    _ teacher: ToyTask.Teacher = ToyTask.Teacher(), isLabelled: Bool = false, learnable: SmallModelArtifact? = nil
  ) async throws -> Distillation.Input<StageModel> {
    var task = ToyTask(seed: 7)
    let heldOut = task.heldOut(800)
    return Distillation.Input(
      specific: try await ToyTask.specific(heldOut: heldOut).stage(.specific),
      learnable: try learnable?.stage(.learnable),
      answers: task.stream(1600, teacher, isLabelled: isLabelled), heldOut: heldOut, version: "learnable-1")
  }

  private static func candidate(_ input: Distillation.Input<StageModel>, _ rule: Distillation.Rule = rule) async throws
    -> Distillation.Candidate
  {
    switch try await Distillation(rule).run(input) {
    case .judged(let candidate): return candidate
    case .nothingToLearn(_, let why): throw DistillerError(why)
    }
  }

  @Test func promotesWhatAsksLess() async throws {
    let candidate = try await Self.candidate(Self.input())
    let verdict = candidate.verdict
    #expect(verdict.decision == .promoted, "\(verdict.summary)")
    #expect(verdict.candidate.queryShare < verdict.inForce.queryShare / 2)
    #expect(verdict.inForce == verdict.undistilled)
    let card = candidate.artifact.card
    #expect(card.parent == "specific-1" && candidate.thresholdFailure == nil)
    // Prompts are pruned by what S2 says, once it answers: that needs its prior and how good it is.
    #expect(card.prior.count == 8 && abs(card.prior.reduce(0, +) - 1) < 1e-4)
    #expect(card.recall.count == 8 && card.precision.allSatisfy { (0...1).contains($0) })
    #expect(candidate.counts.stage1 > 400 && candidate.counts.stage2 > 20, "\(candidate.counts)")
  }

  @Test func isTheSameForTheSameSeed() async throws {
    let input = try await Self.input()
    let (one, other) = try await (Self.candidate(input), Self.candidate(input))
    #expect(try one.artifact.network.contents() == other.artifact.network.contents() && one.verdict == other.verdict)
    var rule = Self.rule
    rule.training.seed = 5
    #expect(try await Self.candidate(input, rule).artifact.network.contents() != one.artifact.network.contents())
  }

  /// 30 % of the answers of three labels wrong, held-out answers as before: refused, or no harm on samples that neither
  /// the training nor the gate has seen.
  @Test(arguments: [0.3, 0.9]) func aPoisonedTeacherIsRefusedOrDoesNoHarm(share: Double) async throws {
    let input = try await Self.input(ToyTask.Teacher(poisoned: 0..<3, poisonShare: share))
    let candidate = try await Self.candidate(input)
    let verdict = candidate.verdict
    if verdict.decision == .promoted {
      let before = try Self.accuracies(input.specific.artifact, nil)
      let after = try Self.accuracies(input.specific.artifact, candidate.artifact)
      #expect(after.overall >= before.overall - 0.01, "\(before) \(after) \(verdict.summary)")
      #expect(after.poisoned >= before.poisoned - 0.05, "\(before) \(after) \(verdict.summary)")
    }
    #expect(share < 0.5 || verdict.decision == .rejected, "\(verdict.summary)")
  }

  /// A cascade's accuracy on fresh samples, overall and of the first three labels; the large model answers as it should.
  private static func accuracies(
    _ specific: SmallModelArtifact, _ learnable: SmallModelArtifact?
  ) throws -> (overall: Double, poisoned: Double) {
    var task = ToyTask(seed: 99)
    let texts = task.texts(4000)
    let large = texts.map { task.answer($0, ToyTask.Teacher()).label }
    let cascade = try SmallModelCascade([(.specific, specific)] + (learnable.map { [(.learnable, $0)] } ?? []))
    let batch = try cascade.shunt(texts.map { .text($0.words) }, scratch: PredictionScratch())
    let areRight = texts.indices.map { index in
      switch batch.decisions[index] {
      case .easy(let stage, _): batch.label(ofStage: stage, sample: index) == texts[index].label
      case .hard: large[index] == texts[index].label
      }
    }
    let poisoned = texts.indices.filter { texts[$0].label < 3 }
    return (
      Double(areRight.count { $0 }) / Double(texts.count),
      Double(poisoned.count { areRight[$0] }) / Double(poisoned.count)
    )
  }

  @Test func aSecondRoundStartsFromTheFirst() async throws {
    let first = try await Self.candidate(Self.input())
    let second = try await Self.candidate(Self.input(learnable: first.artifact))
    #expect(second.artifact.card.parent == "learnable-1")
    #expect(second.verdict.inForce.queryShare < second.verdict.undistilled.queryShare)
  }

  /// What is kept for the gate is judged there and never taught.
  @Test func labelledSamplesOfTheStreamAreJudgedAndNotTaught() async throws {
    let candidate = try await Self.candidate(Self.input(isLabelled: true))
    #expect(candidate.counts.heldOut > 200 && candidate.counts.heldOut < 450)
    #expect(candidate.artifact.card.dataCounts["stream held out"] == candidate.counts.heldOut)
  }

  @Test func anUnsureTeacherTeachesNothing() async throws {
    let input = try await Self.input(ToyTask.Teacher(confidence: 0.4))
    guard case .nothingToLearn(let counts, _) = try await Distillation(Self.rule).run(input) else {
      Issue.record("a candidate came of nothing")
      return
    }
    #expect(counts.stage1 == 0 && counts.unsure > 0)
  }

  /// Its settings say how it is trained, not how much of a text it reads, which is S1's.
  @Test func isTaughtAsMuchOfATextAsItsSpecificModelReads() async throws {
    let input = try await Self.input()
    var rule = Self.rule
    rule.training.maximumTokens = 1
    let (one, other) = try await (Self.candidate(input), Self.candidate(input, rule))
    #expect(try one.artifact.network.contents() == other.artifact.network.contents())
    #expect(one.artifact.card.training.maximumTokens == input.specific.artifact.card.training.maximumTokens)
  }

  private static func withOtherLabels(_ artifact: SmallModelArtifact) throws -> SmallModelArtifact {
    var card = artifact.card
    card.labels = card.labels.map { "other " + $0 }
    return try artifact.with(card)
  }

  @Test func scoringRefusesModelsOfDifferentLabelsToo() async throws {
    let specific = try await Self.input().specific.artifact
    let task = try TaskDefinition(json: #"{"task": {"name": "toy"}}"#)
    for later in [AnsweredBy.learnable, .intermediate] {
      let error = try #require(throws: SmallModelError.self) {
        try ShuntScoring(
          task: task, stages: [(.specific, specific), (later, Self.withOtherLabels(specific))],
          large: SilentModel())
      }
      #expect(error.description == "specific-1 has other labels than specific-1")
    }
  }

  @Test func refusesModelsOfDifferentLabels() async throws {
    let input = try await Self.input()
    let other = try Self.withOtherLabels(input.specific.artifact)
    let wrong = try Distillation.Input(
      specific: input.specific, learnable: other.stage(.learnable), answers: input.answers, heldOut: input.heldOut,
      version: "x")
    await #expect(throws: DistillerError.self) { try await Distillation(Self.rule).run(wrong) }
  }
}

/// A large model that nobody asks.
private struct SilentModel: LargeModel {
  let version = "silent"

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { _ in .failure(LargeModelError(.noAnswer, "silent")) }
  }
}
