import Content
import Evaluation
import Foundation
import ModelStore
import ResultStore
import SmallModel
import Testing

@testable import Distiller

@Suite struct RecalibrationTests {
  private static var recalibration: Recalibration {
    var rule = Distillation.Rule()
    rule.gate.bootstrap.resamples = 300
    return Recalibration(rule: rule)
  }

  /// S1 with a threshold at which it answers nearly everything, also what it does not know.
  private static func overconfident(_ heldOut: [HeldOutRow]) async throws -> SmallModelArtifact {
    let specific = try await ToyTask.specific(heldOut: heldOut)
    var card = specific.card
    card.thresholds[ModelCard.shuntThreshold] = 0.05
    return try specific.with(card)
  }

  private static func candidate(_ input: Recalibration.Input) throws -> Distillation.Candidate {
    switch try recalibration.run(input) {
    case .judged(let candidate): return candidate
    case .nothingToLearn(_, let why): throw DistillerError(why)
    }
  }

  @Test func aThresholdThatIsTooLowIsRaisedThoughItAsksMore() async throws {
    var toy = ToyTask(seed: 7)
    let specific = try await Self.overconfident(toy.heldOut(800))
    let candidate = try Self.candidate(
      Recalibration.Input(
        specific: specific.stage(.specific), learnable: nil, hard: [], audited: toy.heldOut(1000), queryShare: 0,
        version: "again"))
    let (verdict, card) = (candidate.verdict, candidate.artifact.card)
    #expect(verdict.decision == .promoted, "\(verdict.summary)")
    #expect(verdict.inForce.queryShare == 0 && verdict.candidate.queryShare > 0.1)
    #expect(verdict.accuracyDifference.lower > 0)
    #expect(candidate.role == .specific)
    #expect(try candidate.artifact.network.contents() == specific.network.contents())
    #expect(card.version == "again" && card.parent == "specific-1" && card.thresholds["shunt"] ?? 0 > 0.05)
  }

  @Test func withALearnableModelItsThresholdIsChosenAnew() async throws {
    var toy = ToyTask(seed: 7)
    let heldOut = toy.heldOut(800)
    let specific = try await ToyTask.specific(heldOut: heldOut)
    // S1 once more as S2, and sure of everything: what S1 passed on it answers, rightly or not.
    let learnable = try await Self.overconfident(heldOut)
    let candidate = try Self.candidate(
      Recalibration.Input(
        specific: specific.stage(.specific), learnable: learnable.stage(.learnable), hard: [],
        audited: toy.heldOut(1000), queryShare: 0, version: "again")
    )
    #expect(candidate.role == .learnable && candidate.verdict.decision == .promoted)
    #expect(candidate.verdict.accuracyDifference.lower > 0)
  }

  /// As the stream has it: of the easy samples a share is audited, the hard ones are all answered.
  @Test func mixesHardAndAuditedAsTheStreamDoes() async throws {
    var toy = ToyTask(seed: 7)
    let specific = try await Self.overconfident(toy.heldOut(800))
    let candidate = try Self.candidate(
      Recalibration.Input(
        specific: specific.stage(.specific), learnable: nil, hard: toy.heldOut(900), audited: toy.heldOut(300),
        queryShare: 0.4,
        version: "again"))
    #expect(candidate.verdict.candidate.samples == 500)
    #expect(candidate.counts.read == 1200)
  }

  @Test func tooFewLabelledSamplesAreSaid() async throws {
    var toy = ToyTask(seed: 7)
    let specific = try await Self.overconfident(toy.heldOut(800))
    let outcome = try Self.recalibration.run(
      Recalibration.Input(
        specific: specific.stage(.specific), learnable: nil, hard: toy.heldOut(900), audited: toy.heldOut(50),
        queryShare: 0.4,
        version: "again"))
    guard case .nothingToLearn(_, let why) = outcome else {
      Issue.record("a candidate came of 83 samples")
      return
    }
    #expect(why.contains("83 labelled samples") && why.contains("router.audit_share"))
  }

  /// The toy's stored opinions are all of confidence 0.5, which is an alarm.
  @Test func driftStartsIt() async throws {
    try await Bench.with { bench in
      var task = bench.task
      (task.policy.newAnswers, task.policy.onDrift) = (nil, .recalibration)
      try await bench.routeStream()
      #expect(try await bench.distiller(task).look() == .finished(.nothingToLearn))
      let reasons = try #require(try await bench.models.rounds(task: "toy").first?.reasons)
      #expect(reasons.contains("of 0 audited"))
      #expect(try await bench.learnables(.active).isEmpty)
    }
  }

  private func unsure(_ row: ResultRow) -> ResultRow {
    ResultRow(
      task: row.task, id: "unsure", reply: row.reply, confidence: nil, answeredBy: row.answeredBy,
      modelVersion: row.modelVersion, isAudit: row.isAudit, specific: row.specific, text: row.text,
      truth: row.truth, routedAt: row.routedAt, answeredAt: row.answeredAt)
  }

  @Test func auditsAreReadBack() async throws {
    try await Bench.with { bench in
      var toy = ToyTask(seed: 9)
      let audits = toy.stream(40, isLabelled: true).map { answer in
        let entry = answer.large?.distribution?.top.first
        return ResultRow(
          task: "toy", id: "audit \(answer.id)", reply: .label(entry?.label ?? ""), confidence: entry?.probability ?? 0,
          answeredBy: .large, modelVersion: "large", isAudit: true,
          specific: SpecificAnswer(label: "label 0", confidence: 0.9), text: answer.input.text,
          truth: answer.truth, routedAt: Date(timeIntervalSinceNow: -60),
          answeredAt: Date(timeIntervalSince1970: 1_800_000_000))
      }
      _ = try await bench.results.write(audits)
      let rows = try await bench.results.newestAudits(task: "toy", limit: 30)
      #expect(rows.count == 30 && rows.last?.id == audits.last?.id)
      #expect(rows.compactMap { StreamAnswer($0)?.judgeable }.count == 30)
      let opinions = try await bench.results.audits(task: "toy", routedUntil: .now, newest: 1000)
      #expect(opinions.count == 40)
      _ = try await bench.results.write([unsure(audits[0])])
      // An audit without confidence can be judged by, and is no evidence of drift.
      let judged = try await bench.results.newestAudits(task: "toy", limit: 1)
        .compactMap { StreamAnswer($0)?.judgeable }
      #expect(judged.map(\.largeConfidence) == [nil])
      #expect(try await bench.results.audits(task: "toy", routedUntil: .now, newest: 1000) == opinions)
      // The stream's 800 answers are all the large model's.
      #expect(try await bench.results.recentQueryShare(task: "toy", newest: 500) == 1)
      #expect(try await bench.results.recentQueryShare(task: "other", newest: 500) == 0)
    }
  }
}
