import Cascade
import Foundation
import SmallModel
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
  ) async throws -> Distillation.Input {
    var task = ToyTask(seed: 7)
    let heldOut = task.heldOut(800)
    return Distillation.Input(
      specific: try await ToyTask.specific(heldOut: heldOut), learnable: learnable,
      answers: task.stream(1600, teacher, isLabelled: isLabelled), heldOut: heldOut, version: "learnable-1")
  }

  private static func candidate(_ input: Distillation.Input, _ rule: Distillation.Rule = rule) async throws
    -> Distillation.Candidate
  {
    switch try await Distillation(rule).run(input) {
    case .judged(let candidate): return candidate
    case .nothingToLearn(let counts): throw DistillerError("nothing to learn: \(counts)")
    }
  }

  @Test func promotesWhatAsksLess() async throws {
    let candidate = try await Self.candidate(Self.input())
    let verdict = candidate.verdict
    #expect(verdict.decision == .promoted, "\(verdict.summary)")
    #expect(verdict.candidate.queryShare < verdict.inForce.queryShare / 2)
    #expect(verdict.inForce == verdict.undistilled)
    #expect(candidate.artifact.card.parent == "specific-1" && candidate.thresholdFailure == nil)
    #expect(candidate.counts.stage1 > 400 && candidate.counts.stage2 > 20, "\(candidate.counts)")
  }

  @Test func isTheSameForTheSameSeed() async throws {
    let input = try await Self.input()
    let (one, other) = try await (Self.candidate(input), Self.candidate(input))
    #expect(one.artifact.network == other.artifact.network && one.verdict == other.verdict)
    var rule = Self.rule
    rule.training.seed = 5
    #expect(try await Self.candidate(input, rule).artifact.network != one.artifact.network)
  }

  /// 30 % of the answers of three labels wrong, held-out answers as before: refused, or at least as accurate as without.
  @Test(arguments: [0.3, 0.9]) func aPoisonedTeacherIsRefusedOrDoesNoHarm(share: Double) async throws {
    let candidate = try await Self.candidate(Self.input(ToyTask.Teacher(poisoned: 0..<3, poisonShare: share)))
    let verdict = candidate.verdict
    if verdict.decision == .promoted {
      #expect(verdict.accuracyDifference.estimate >= -0.005, "\(verdict.summary)")
      for group in verdict.groups { #expect(group.drop < 0.1, "\(group)") }
    }
    #expect(share < 0.5 || verdict.decision == .rejected, "\(verdict.summary)")
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
    guard case .nothingToLearn(let counts) = try await Distillation(Self.rule).run(input) else {
      Issue.record("a candidate came of nothing")
      return
    }
    #expect(counts.stage1 == 0 && counts.unsure > 0)
  }

  @Test func refusesModelsOfDifferentLabels() async throws {
    let input = try await Self.input()
    var card = input.specific.card
    card.labels = card.labels.map { "other " + $0 }
    let other = try input.specific.with(card)
    let wrong = Distillation.Input(
      specific: input.specific, learnable: other, answers: input.answers, heldOut: input.heldOut, version: "x")
    await #expect(throws: DistillerError.self) { try await Distillation(Self.rule).run(wrong) }
  }
}

@Suite struct HeldOutFileTests {
  private func withFile(_ text: String, _ body: (URL) throws -> Void) throws {
    let url = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    try Data(text.utf8).write(to: url)
    try body(url)
    try FileManager.default.removeItem(at: url)
  }

  @Test func readsWhatItWrites() throws {
    var task = ToyTask(seed: 3)
    let rows =
      task.heldOut(20) + [
        HeldOutRow(
          id: "q", text: "a \"quoted\"\nline", label: "a", category: "c", largeLabel: "b", largeConfidence: 0.25)
      ]
    try withFile("") { url in
      try HeldOutFile.write(rows, to: url)
      #expect(try HeldOutFile.rows(of: url) == rows)
    }
  }

  @Test(arguments: [
    (#"{"id": "1", "text": "t", "label": "a", "large_label": "b"}"#, "large_confidence"),
    (#"{"id": "1", "text": "t", "label": "a", "large_label": "b", "large_confidence": 2}"#, "from 0 to 1"),
    (#"{"id": "1", "text": "t", "large_label": "b", "large_confidence": 1}"#, "label"), ("[1]", "object"),
  ]) func namesWhatIsWrong(line: String, word: String) throws {
    try withFile("\n\(line)\n") { url in
      let error = try #require(throws: DistillerError.self) { try HeldOutFile.rows(of: url) }
      #expect(error.description.contains(word) && error.description.contains("line 2"))
    }
  }

  @Test func namesAFileThatIsMissing() throws {
    let error = try #require(throws: DistillerError.self) { try HeldOutFile.rows(of: URL(filePath: "/nowhere.jsonl")) }
    #expect(error.description.contains("/nowhere.jsonl") && error.description.contains("shunt experiment"))
  }
}
