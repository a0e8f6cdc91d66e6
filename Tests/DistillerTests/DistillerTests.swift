import Cascade
import Evaluation
import Foundation
import Logging
import ModelStore
import Settings
import Tasks
import Testing
import WorkerRuntime

@testable import Distiller

@Suite struct DistillerTests {
  private func distiller(_ bench: Bench, _ health: Health) throws -> Distiller {
    var task = bench.task
    task.policy.newAnswers = nil
    var settings = DistillerSettings(tasks: [task])
    settings.checkInterval = .seconds(3600)
    return try Distiller(
      settings: settings, database: bench.settings, registry: bench.registry(), who: "distiller", health: health,
      logger: Logger(label: "test"))
  }

  @Test func aRequestStartsARound() async throws {
    try await Bench.with { bench in
      let distiller = try distiller(bench, Health())
      try await withThrowingTaskGroup { group in
        group.addTask { try await distiller.run() }
        let round = try await bench.models.beginRequestedRound(task: "toy", patience: .seconds(60))
        #expect(round?.task == "toy")
        for try await serving in try bench.models.changes() where serving.active.count == 2 { break }
        group.cancelAll()
      }
      #expect(try await bench.learnables(.active).count == 1)
    }
  }

  @Test func aRequestThatNobodyHearsSaysSo() async throws {
    try await Bench.with { bench in
      let round = try await bench.models.beginRequestedRound(task: "toy", patience: .milliseconds(300))
      #expect(round == nil)
    }
  }

  @Test func aMissingFileIsRefusedAtStart() async throws {
    try await Bench.with { bench in
      let settings = DistillerSettings(tasks: [TaskDistillation(task: "toy", heldOut: "/nowhere.jsonl")])
      #expect(throws: EvaluationError.self) {
        try Distiller(
          settings: settings, database: bench.settings, registry: bench.registry(), who: "distiller",
          health: Health(), logger: Logger(label: "test"))
      }
    }
  }
}

@Suite struct DistillerSettingsTests {
  private func read(_ json: String) throws -> DistillerSettings {
    try SettingsSources(json: json).read { DistillerSettings($0.section("distiller")) }.value
  }

  @Test func readsATask() throws {
    let settings = try read(
      """
      {"distiller": {"check_interval": "5s", "tasks": {"toy": {
        "held_out": "held-out.jsonl", "labelled": "train.jsonl", "interval": "1h", "new_answers": 2000,
        "start_from": "specific", "large_threshold": 0.4, "threshold": {"rule": "query_budget", "query_budget": 0.05}, "epochs": 7, "threads": 2, "seed": 9,
        "on_drift": "recalibration", "gate": {"group_margin": 0.1, "shadow_samples": 500}, "drift": {"window": 300}}}}}
      """)
    let task = try #require(settings.tasks.first)
    #expect(settings.checkInterval == .seconds(5) && task.task == "toy" && task.heldOut == "held-out.jsonl")
    #expect(task.labelled == "train.jsonl" && task.policy.interval == .seconds(3600))
    #expect(task.policy.newAnswers == 2000 && task.round.start == .specific && task.round.largeThreshold == 0.4)
    #expect(task.round.threshold == .queryBudget(0.05) && task.round.training.epochs == 7)
    #expect(task.round.training.threads == 2 && task.round.training.seed == 9)
    #expect(task.round.gate.groupMargin == 0.1 && task.driftWindow == 300)
    #expect(task.policy.onDrift == .recalibration && task.shadow.samples == 500 && task.shadow.agreement == 0.9)
  }

  /// The task's own rule counts unless the distiller's settings name another one.
  @Test(arguments: [
    ("", ThresholdRule.queryBudget(0.3)), (#", "threshold": {"rule": "best_accuracy"}"#, .bestAccuracy),
  ])
  func withoutHeldOutSamplesTheTaskSaysTheRule(threshold: String, rule: ThresholdRule) throws {
    let json = #"{"distiller": {"tasks": {"toy": {"first": {"answers": 70}\#(threshold)}}}}"#
    let task = try #require(try read(json).tasks.first)
    let definition = try TaskDefinition(
      json: #"{"task": {"name": "toy", "labels": ["a", "b"]}, "threshold": {"rule": "query_budget"}}"#)
    #expect(task.heldOut == nil && task.first.answers == 70 && task.round.streamHoldOut.share == 0.3)
    #expect(task.defined(by: definition).round.threshold == rule)
  }

  @Test func whatIsNotSetIsTheDefault() throws {
    let task = try #require(try read(#"{"distiller": {"tasks": {"toy": {"held_out": "f"}}}}"#).tasks.first)
    let plain = TaskDistillation(task: "toy", heldOut: "f")
    #expect(task.policy == plain.policy && task.round.gate == plain.round.gate && task.drift == plain.drift)
    #expect(task.round.training == plain.round.training && task.round.threshold == .bestAccuracy)
    #expect(task.first == plain.first && task.round.streamHoldOut.share == 0.2)
  }

  @Test(arguments: [
    (#"{"distiller": {}}"#, "distiller.tasks"),
    (#"{"distiller": {"tasks": {"toy": {"first": {"least_share": 2}}}}}"#, "first.least_share"),
    (
      #"{"distiller": {"tasks": {"toy": {"held_out": "f", "query_budget": 0.1}}}}"#,
      "did you mean distiller.tasks.toy.threshold.query_budget?"
    ),
    (#"{"distiller": {"tasks": {"toy": {"held_out": "f", "large_threshold": 2}}}}"#, "large_threshold"),
    (#"{"distiller": {"tasks": {"toy": {"held_out": "f", "start_from": "anew"}}}}"#, "start_from"),
  ]) func refusesWhatIsWrong(json: String, word: String) throws {
    let error = try #require(throws: SettingsError.self) { try read(json) }
    #expect("\(error)".contains(word))
  }
}
