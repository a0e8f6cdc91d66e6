import Cascade
import Classification
import Content
import Evaluation
import Foundation
import Kafka
import LargeModel
import LargeModelWorker
import Logging
import Messages
import ModelRegistry
import ModelStore
import ServiceLifecycle
import SmallModel
import Streams
import Tasks
import TestSupport
import Testing
import Tokenizer
import WorkerRuntime

@testable import Distiller
@testable import Router

/// A large model that changes its mind about two of eight classes in the middle of a stream: through broker, workers and
/// database the promise of 95 % parity breaks, δ rises by itself, and it falls again once the large model has come to its
/// senses.
@Suite(.ownTopics, .timeLimit(.minutes(5))) struct ChangedMindTests {
  private static let labels = (0..<8).map { "fruit \($0)" }
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "ripe"] + (0..<8).map { "fruit\($0)" }
  private static let batch = 200
  /// Samples with these numbers meet a large model of another mind.
  private static let changed = 2_000..<20_000
  private static let end = 40_000

  private static func text(_ number: Int) -> String { "a ripe fruit\(number % 8)" }

  /// What the large model says of a sample.
  private static func largeLabel(_ number: Int) -> String {
    let label = number % 8
    return labels[changed.contains(number) && label < 2 ? 1 - label : label]
  }

  private static func specific() async throws -> SmallModelArtifact {
    let tokenizer = try WordPieceTokenizer(vocabulary: words)
    var settings = TrainingSettings()
    (settings.epochs, settings.batchSize, settings.learningRate, settings.heldOutShare) = (20, 16, 0.02, 0)
    let shape = try TextCNNShape(
      vocabulary: words.count, padding: 0, dimension: 8, filters: [FilterBank(width: 1, count: 16)], labels: 8)
    let texts = TokenizedTexts((0..<160).map(text), tokenizer: tokenizer, maximum: 16)
    let source = TrainingSource(texts: texts, targets: .labels((0..<160).map { $0 % 8 }))
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1)
      .trained(on: [source], settings: settings).network
    let card = ModelCard(
      task: ToyTask.name, version: "toy-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: [ModelCard.shuntThreshold: 0.5], training: settings)
    return try SmallModelArtifact(
      card: card, network: network, tokenizer: tokenizer, tokenCounts: texts.tokenCounts(vocabulary: words.count))
  }

  private static func largeModelWorker(_ rig: Rig) throws -> LargeModelWorker {
    let answers = try RecordedAnswers(
      (0..<end).map { RecordedAnswers.Line(id: "s\($0)", text: nil, answer: largeLabel($0)) }, name: "changing",
      labels: labels, accuracy: 0.9)
    let definition = try TaskDefinition(json: #"{"task":{"name":"toy"},"large_model":{"kind":"recorded"}}"#)
    let task = LargeModelTask(labels: LabelIndex(labels), model: answers, pruning: definition.pruning)
    return LargeModelWorker(
      settings: LargeModelWorkerSettings(batchSize: 64), kafka: rig.cluster.settings, topics: rig.topics,
      tasks: [ToyTask.name: task], facts: { _, _ in nil }, health: Health(), logger: Logger(label: "large"))
  }

  private static func distiller(_ rig: Rig, heldOut: URL) throws -> Distiller {
    var task = TaskDistillation(task: ToyTask.name, heldOut: heldOut.path)
    task.round.threshold = .parity(target: 0.95, confidence: 0.95)
    task.policy.onDrift = .nothing
    task.drift.leastSamples = 200
    var settings = DistillerSettings(tasks: [task])
    settings.checkInterval = .milliseconds(500)
    return try Distiller(
      settings: settings, database: rig.database, registry: ModelRegistry(try ModelStore(rig.database)),
      who: "distiller", health: Health(), logger: Logger(label: "distiller"))
  }

  /// Pushes samples batch by batch, each once the one before is answered, until a condition holds.
  private static func push(
    from start: Int, on rig: Rig, until condition: () async throws -> Bool
  ) async throws -> Int {
    var next = start
    while try await !condition() {
      var batch = OutgoingBatch()
      for number in next..<next + Self.batch {
        batch.append(Sample(id: "s\(number)", task: ToyTask.name, text: text(number)), to: rig.topics.samples)
      }
      try await rig.push(batch)
      next += Self.batch
      try await eventually("the answers of \(next) samples") {
        try await rig.count("results WHERE id = 's\(next - 1)'") == 1
      }
    }
    return next
  }

  @Test func theAlarmComesAndWhatIsAnsweredAfterItIsAsPromised() async throws {
    let heldOut = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    try HeldOutFile.write(
      (0..<400).map {
        HeldOutRow(
          id: "h\($0)", input: .text(Self.text($0)), label: Self.labels[$0 % 8], largeLabel: Self.labels[$0 % 8],
          largeConfidence: 0.9)
      }, to: heldOut)
    defer { try? FileManager.default.removeItem(at: heldOut) }
    let artifact = try await Self.specific()
    try await Rig.with(partitions: 1) { rig in
      let store = try ModelStore(rig.database)
      let model = try await store.register(
        artifact.card.description(as: .specific), artifact: Array(artifact.encoded()), who: "test")
      try await store.promote(model.id, who: "test", why: "test")
      // Answers of its first seconds count as another's.
      try await rig.connection.execute("UPDATE model_events SET at = now() - interval '1 day'")
      let table = CurrentRoutingTable()
      let probes = RoutingProbes()
      let watch = ModelWatch(
        registry: ModelRegistry(store), table: table, health: Health(), logger: Logger(label: "watch"))
      let router = Router(
        settings: RouterSettings(auditShare: 0.3), kafka: rig.cluster.settings, topics: rig.topics, table: table,
        probes: probes, health: Health(), logger: Logger(label: "router"))
      let services: [any Service] = [
        try rig.recorder(), try Self.largeModelWorker(rig), watch,
        ShadowRecorder(ledger: ShadowLedger(), probes: probes, store: store, logger: Logger(label: "probes")), router,
        try Self.distiller(rig, heldOut: heldOut),
      ]
      try await rig.running(services) { try await Self.changeMind(rig, store, table) }
    }
  }

  private static func changeMind(_ rig: Rig, _ store: ModelStore, _ table: CurrentRoutingTable) async throws {
    func threshold() -> Float? { table.value.cascades[ToyTask.name]?.stages.first?.threshold }
    func largeShare(_ numbers: Range<Int>) async throws -> Int {
      try await rig.count(
        "results WHERE answered_by = 'large' AND substr(id, 2)::int BETWEEN \(numbers.lowerBound) AND \(numbers.upperBound - 1)"
      )
    }
    var next = try await push(from: 0, on: rig) {
      try await store.liveAgreement(task: ToyTask.name).values.contains { $0.lowerBound > 0.95 }
    }
    #expect(next < changed.lowerBound && threshold() == 0.5)
    #expect(try await store.alarms(task: ToyTask.name).isEmpty)

    next = try await push(from: changed.lowerBound, on: rig) { threshold() != 0.5 }
    #expect(threshold() == ThresholdCurve.nothingIsEasy)
    let alarm = try #require(try await store.alarms(task: ToyTask.name).first { $0.kind == "promise" })
    #expect(alarm.statistic < 0.9)
    #expect(try await auditsUntilAlarm(rig) <= 500)

    // One batch may have been under way by the old δ.
    let after = next
    next = try await push(from: after, on: rig) { try await rig.count("results WHERE id = 's\(after + 599)'") == 1 }
    #expect(try await largeShare(after..<after + 600) == 600)

    // It comes to its senses.
    next = try await push(from: changed.upperBound, on: rig) { threshold() == 0.5 }
    #expect(next < end)
    let last = next
    _ = try await push(from: last, on: rig) { try await rig.count("results WHERE id = 's\(last + 199)'") == 1 }
    #expect(try await largeShare(last..<last + 200) == 0)
  }

  /// How many audits of samples after the change are seen until the alarm, whenever the distiller looked.
  private static func auditsUntilAlarm(_ rig: Rig) async throws -> Int {
    let rows = try await rig.connection.query(
      """
      SELECT a.label = r.label AS is_right, substr(a.id, 2)::int >= \(changed.lowerBound) AS is_late
      FROM audits AS a JOIN results AS r USING (task, id) ORDER BY a.routed_at, a.id
      """)
    var (detector, late) = (RateDetector(.above, 0.05, runLength: PromiseRule().runLength), 0)
    for row in rows {
      let (isRight, isLate): (Bool, Bool) = (try row["is_right"], try row["is_late"])
      late += isLate ? 1 : 0
      if detector.sees(error: isRight ? 0 : 1) { return late }
    }
    return .max
  }
}
