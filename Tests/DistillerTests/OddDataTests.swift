import Evaluation
import Foundation
import Logging
import ModelStore
import Postgres
import ResultStore
import Synchronization
import TestSupport
import Testing
import WorkerRuntime

@testable import Distiller

/// Whatever stands in the database: a round ends, with a reason where it comes to nothing, and the process goes on.
@Suite struct OddDataTests {
  /// What stands in stored answers and audits: each in every 30th of the 800, as an UPDATE.
  private static let odd = [
    "confidence = 'Infinity', top_probabilities = ARRAY['Infinity'::real]",
    "confidence = 'NaN', top_probabilities = ARRAY['NaN'::real]",
    "confidence = -1, top_probabilities = ARRAY[-1::real]",
    "top_probabilities = ARRAY[3e38::real]", "rest_probability = 3e38", "rest_probability = 'NaN'",
    "top_labels = ARRAY[label, label, label], top_probabilities = ARRAY[0.9, 0.9, 0.9]::real[]",
    "top_labels = '{}', top_probabilities = '{}', rest_probability = 1",
    "top_labels = NULL, top_probabilities = NULL, rest_probability = NULL",
    "top_labels = ARRAY[label, label]", "top_labels = ARRAY['no such label']", "label = 'no such label'",
    "true_label = 'no such label'", "true_label = ''", "text = ''", "text = repeat('word ', 100000)",
    "specific_label = 'no such label'", "specific_confidence = 'NaN'", "specific_confidence = 'Infinity'",
    "routed_at = 'infinity', produced_at = '-infinity'", "answered_at = '294276-01-01'", "category = repeat('c', 9000)",
  ]

  private static func spoil(_ bench: Bench) async throws {
    try await bench.routeStream()
    let connection = try bench.connection()
    try await connection.execute("UPDATE results SET true_label = label")
    try await connection.execute("INSERT INTO audits OVERRIDING SYSTEM VALUE SELECT * FROM results")
    for table in ["results", "audits"] {
      for (place, assignment) in odd.enumerated() {
        try await connection.execute("UPDATE \(table) SET \(assignment) WHERE sequence % 30 = \(place)")
      }
    }
    await connection.close()
    try await bench.waitUntilReadable()
  }

  @Test(arguments: [RoundPolicy.OnDrift.recalibration, .nothing])
  func aRoundEndsWhateverIsStored(onDrift: RoundPolicy.OnDrift) async throws {
    try await Bench.with { bench in
      try await Self.spoil(bench)
      var task = bench.task
      task.policy.onDrift = onDrift
      let look = try await bench.distiller(task).look()
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.state == .finished && round.outcome != .failed, "\(look), \(round.reasons ?? "")")
      #expect(round.reasons?.isEmpty == false)
      // Which of the two it was.
      #expect((round.counts["stage 1"] ?? 0 > 0) == (onDrift == .nothing))
      #expect(round.counts["unknown label"] ?? 0 > 0)
    }
  }

  /// A row that cannot be read at all fails its round, and is old for the next.
  @Test func aRoundThatFailsEndsWithItsReason() async throws {
    try await Bench.with { bench in
      let connection = try bench.connection()
      try await connection.execute("UPDATE results SET top_probabilities = ARRAY[NULL::real] WHERE sequence = 7")
      try await bench.waitUntilReadable()
      let distiller = try bench.distiller()
      #expect(try await distiller.look(isRequested: true) == .finished(.failed))
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.state == .finished && round.reasons?.contains("top_probabilities") == true)
      #expect(await distiller.notes.isEmpty)
      // It repeats: /readyz says so until a round comes to an end of its own.
      #expect(try await distiller.look(isRequested: true) == .finished(.failed))
      _ = try await distiller.look()
      #expect(await distiller.notes.first?.contains("the last 2 rounds failed") == true)
      try await connection.execute("DELETE FROM results WHERE sequence = 7")
      try await bench.waitUntilReadable()
      #expect(try await distiller.look(isRequested: true) == .finished(.promoted))
      _ = try await distiller.look()
      #expect(await distiller.notes.isEmpty)
      await connection.close()
    }
  }

  private static func breakArtifact(of version: ModelVersion, _ bench: Bench) async throws {
    let connection = try bench.connection()
    try await connection.execute(
      "UPDATE model_versions SET artifact = substring(artifact FOR 1000) WHERE id = $1", [.integer(version.id)])
    await connection.close()
  }

  @Test func anS2ThatCannotBeLoadedIsLeftOutAndReplaced() async throws {
    try await Bench.with { bench in
      #expect(try await bench.distiller().look() == .finished(.promoted))
      let broken = try #require(try await bench.learnables(.active).first)
      try await Self.breakArtifact(of: broken, bench)
      #expect(try await bench.distiller().look(isRequested: true) == .finished(.promoted))
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(round.reasons?.contains("S2 learnable-1 cannot be loaded and is left out") == true)
      #expect(try await bench.learnables(.active).map(\.description.version) == ["learnable-2"])
    }
  }

  @Test func anS1ThatCannotBeLoadedFailsTheRound() async throws {
    try await Bench.with { bench in
      let specific = try #require(try await bench.models.inForce(task: "toy").first)
      try await Self.breakArtifact(of: specific, bench)
      let distiller = try bench.distiller()
      #expect(try await distiller.look() == .finished(.failed))
      let reasons = try #require(try await bench.models.rounds(task: "toy").first?.reasons)
      #expect(reasons.contains("register this one anew"))
      #expect(await distiller.notes.first?.contains("drift cannot be watched") == true)
    }
  }

  /// What the store made of a candidate is read back before it may answer.
  @Test func aCandidateThatWasSpoiledOnItsWayIsRejected() async throws {
    try await Bench.with { bench in
      let distiller = try bench.distiller { step in
        guard step == .registered else { return }
        let candidate = try #require(try await bench.learnables(.candidate).first)
        try await Self.breakArtifact(of: candidate, bench)
      }
      #expect(try await distiller.look() == .finished(.rejected))
      let reasons = try #require(try await bench.learnables(.rejected).first?.reasons)
      #expect(reasons.contains("what was stored cannot be loaded"))
    }
  }

  /// A held-out file that the task does not know fails rounds; the worker runs on and says why.
  @Test func theWorkerRunsOnOverRoundsThatFail() async throws {
    try await Bench.with { bench in
      var toy = ToyTask(seed: 3)
      let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
      let rows = toy.heldOut(10).map {
        HeldOutRow(id: $0.id, input: $0.input, label: "gone", largeLabel: $0.large.text, largeConfidence: 0.5)
      }
      try HeldOutFile.write(rows, to: file)
      var task = TaskDistillation(task: "toy", heldOut: file.path)
      task.policy = bench.task.policy
      task.policy.newAnswers = 1
      var settings = DistillerSettings(tasks: [task])
      settings.checkInterval = .milliseconds(100)
      let health = Health()
      let worker = try Distiller(
        settings: settings, database: bench.settings, registry: bench.registry(), who: "distiller", health: health,
        logger: Logger(label: "test"))
      try await withThrowingTaskGroup { group in
        group.addTask { try await worker.run() }
        group.addTask {
          let connection = try bench.connection()
          try await eventually("two failed rounds") {
            // New answers: what a failed round has read is no longer new.
            try await connection.execute("UPDATE results SET transaction_id = pg_current_xact_id()")
            return health.state.report.contains("rounds failed: held-out sample \"held-out 0\" has the label \"gone\"")
          }
          await connection.close()
        }
        try await group.next()
        group.cancelAll()
      }
      #expect(health.state.isReady && health.state.isAlive, "\(health.state.report)")
      try FileManager.default.removeItem(at: file)
    }
  }
}
