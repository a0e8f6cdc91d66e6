import Foundation
import Logging
import Messages
import ModelStore
import Postgres
import ResultStore
import SmallModel
import Synchronization
import TestSupport
import Testing

@testable import Distiller

/// Tells of each log line with one message.
private struct SignallingLogHandler: LogHandler {
  let message: String
  let signal: @Sendable () -> Void
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  init(message: String, signal: @escaping @Sendable () -> Void) {
    self.message = message
    self.signal = signal
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    if "\(event.message)" == message { signal() }
  }
}

@Suite struct TaskDistillerTests {
  @Test func aRoundPromotesAndMovesTheCursor() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .finished(.promoted))
      let active = try #require(try await bench.learnables(.active).first)
      #expect(active.description.parent == "specific-1" && active.description.version == "learnable-1")
      let metrics = active.description.metrics
      let (share, before) = (
        try #require(metrics["cascade.query_share"]), try #require(metrics["in_force.query_share"])
      )
      #expect(share < before / 2)
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.state == .finished && round.candidate == active.id && round.counts["stage 1"] ?? 0 > 200)
      #expect(try await distiller.look() == .idle(newAnswers: 0))
      let artifact = try await bench.models.artifact(of: active.id)
      let card = try SmallModelArtifact(data: Data(artifact), name: "active").card
      #expect(card.thresholds["shunt"] == active.description.thresholds["shunt"])
    }
  }

  @Test func aPoisonedTeacherIsRejectedWithReasons() async throws {
    try await Bench.with(ToyTask.Teacher(poisoned: 0..<3, poisonShare: 0.9)) { bench in
      #expect(try await bench.distiller().look() == .finished(.rejected))
      let rejected = try #require(try await bench.learnables(.rejected).first)
      #expect(rejected.reasons?.contains { $0.isNumber } == true)
      #expect(try await bench.learnables(.active).isEmpty)
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.outcome == .rejected && round.to != nil)
    }
  }

  /// Whatever step the process dies after: the next distiller ends the matter with one active version or finds it ended.
  @Test(arguments: RoundStep.allCases) func deathAfterAnyStepLeavesNothingHalf(step: RoundStep) async throws {
    try await Bench.with { bench in
      let dying = try bench.distiller { if $0 == step { throw CancellationError() } }
      await #expect(throws: CancellationError.self) { try await dying.look() }
      let isEnded = step == .finished
      #expect(try await bench.learnables(.active).count == (isEnded ? 1 : 0))

      let look = try await bench.distiller().look()
      #expect(look == (isEnded ? .idle(newAnswers: 0) : .finished(.promoted)))
      #expect(try await bench.learnables(.active).count == 1)
      #expect(try await bench.learnables(.candidate).isEmpty)
      let rounds = try await bench.models.rounds(task: "toy")
      #expect(rounds.map(\.state) == (isEnded ? [.finished] : [.finished, .abandoned]))
    }
  }

  @Test func deathInTrainingLeavesNothingHalf() async throws {
    try await Bench.with { bench in
      var endless = bench.task
      endless.round.training.epochs = 100_000
      let (epochs, epoch) = AsyncStream.makeStream(of: Void.self)
      let logger = Logger(label: "test") { _ in SignallingLogHandler(message: "epoch") { epoch.yield() } }
      let dying = try bench.distiller(endless, logger: logger)
      let look = Task { try await dying.look() }
      for await _ in epochs { break }
      look.cancel()
      await #expect(throws: CancellationError.self) { try await look.value }
      #expect(try await bench.models.versions(task: "toy").map(\.description.role) == [.specific])

      #expect(try await bench.distiller().look() == .finished(.promoted))
      #expect(try await bench.models.rounds(task: "toy").map(\.state) == [.finished, .abandoned])
    }
  }

  /// The database refuses the round's end, which is the promotion's last statement: the version is active by then, but
  /// for that transaction only.
  @Test func deathInThePromotionLeavesNothingHalf() async throws {
    try await Bench.with { bench in
      let connection = try bench.connection()
      try await connection.run(
        script: """
          CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF NOT EXISTS (SELECT FROM model_versions WHERE role = 'learnable' AND state = 'active') THEN
              RAISE EXCEPTION 'the version is not active yet';
            END IF;
            RAISE EXCEPTION 'dies in the promotion';
          END $$;
          CREATE TRIGGER die BEFORE UPDATE ON distillation_rounds FOR EACH ROW
            WHEN (NEW.state = 'finished') EXECUTE FUNCTION die();
          """)
      let error = await #expect(throws: PostgresError.self) { try await bench.distiller().look() }
      #expect(error.map { "\($0)".contains("dies in the promotion") } == true)
      #expect(try await bench.learnables(.active).isEmpty)
      #expect(try await bench.learnables(.candidate).count == 1)
      try await connection.run(script: "DROP TRIGGER die ON distillation_rounds")

      #expect(try await bench.distiller().look() == .finished(.promoted))
      #expect(try await bench.learnables(.active).map(\.description.version) == ["learnable-2"])
      #expect(try await bench.learnables(.candidate).isEmpty)
    }
  }

  @Test func twoDistillersRunOneRound() async throws {
    try await Bench.with { bench in
      // The second looks while the first is in the middle of its round.
      let second = try bench.distiller()
      let seen = Mutex<TaskDistiller.Look?>(nil)
      let first = try bench.distiller { step in
        guard step == .judged else { return }
        let look = try await second.look(isRequested: true)
        seen.withLock { $0 = look }
      }
      #expect(try await first.look() == .finished(.promoted))
      #expect(seen.withLock { $0 } == .elsewhere)
      #expect(try await bench.models.rounds(task: "toy").count == 1)
    }
  }

  /// A candidate that was judged against versions that no longer answer is not promoted over those that do.
  @Test func aChangeDuringTheRoundIsNotOverwritten() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller { step in
        guard step == .registered else { return }
        let specific = try #require(try await bench.models.versions(task: "toy").first { $0.state == .active })
        let bytes = try await bench.models.artifact(of: specific.id)
        var description = specific.description
        (description.role, description.version) = (.learnable, "by hand")
        let model = try await bench.models.register(description, artifact: bytes, who: "operator")
        try await bench.models.promote(model.id, who: "operator", why: "by hand")
      }
      #expect(try await distiller.look() == .finished(.rejected))
      #expect(try await bench.learnables(.active).map(\.description.version) == ["by hand"])
      let reasons = try #require(try await bench.learnables(.rejected).first?.reasons)
      #expect(reasons.contains("changed during the round"))
    }
  }

  /// A distiller that lost its permit without noticing, so that another one gave its round up, promotes nothing.
  @Test func aRoundThatWasGivenUpPromotesNothing() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller { step in
        guard step == .registered else { return }
        try await Connection(bench.settings).execute("UPDATE distillation_rounds SET state = 'abandoned'")
      }
      #expect(try await distiller.look() == .elsewhere)
      #expect(try await bench.learnables(.active).isEmpty)
      #expect(try await bench.learnables(.candidate).count == 1)
    }
  }

  @Test func waitsForAReason() async throws {
    try await Bench.with { bench in
      var task = bench.task
      task.policy.newAnswers = 801
      let distiller = try bench.distiller(task)
      #expect(try await distiller.look() == .idle(newAnswers: 800))
      #expect(try await distiller.look(isRequested: true) == .finished(.promoted))
    }
  }

  @Test func withoutASpecificModelNothingHappens() async throws {
    try await Bench.with { bench in
      var task = bench.task
      task.task = "another"
      let look = try await bench.distiller(task).look(isRequested: true)
      #expect(look == .noSpecificModel)
    }
  }

  /// The toy's stored opinions are all of confidence 0.5: that is not how S1 is on the calibration data.
  @Test func driftIsAlarmedOnceAndStartsARound() async throws {
    try await Bench.with { bench in
      var task = bench.task
      (task.policy.newAnswers, task.policy.onDrift) = (nil, .round)
      try await bench.routeStream()
      let distiller = try bench.distiller(task)
      #expect(try await distiller.look() == .finished(.promoted))
      let alarms = try await bench.models.alarms(task: "toy")
      #expect(alarms.contains { $0.kind == "confidence" && $0.samples == 800 })
      let rounds = try await bench.models.rounds(task: "toy")
      #expect(rounds.count == 1)
      #expect(try await distiller.look() == .idle(newAnswers: 0))
      #expect(try await bench.models.alarms(task: "toy") == alarms)
    }
  }
}
