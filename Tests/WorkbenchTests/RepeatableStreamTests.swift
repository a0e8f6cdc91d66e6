import Cascade
import Datasets
import Distiller
import Evaluation
import Foundation
import ModelStore
import Operations
import Postgres
import ResultStore
import SmallModel
import TestSupport
import Testing
import Tokenizer
import WorkerRuntime

@testable import Workbench

/// The demo's way, small: parts of a stream with a round of distillation between them, on local mode.
@Suite(.timeLimit(.minutes(5))) struct RepeatableStreamTests {
  private static let labels = ["a", "b", "c", "d"]
  private static let wordsPerLabel = 10

  /// How the workers are loaded: it decides which samples come together, and in which order their answers are recorded.
  struct Load: Sendable {
    var partitions: Int
    var routerBatch: Int
    var largeBatch: Int
    var inFlight: Int
    var recorderBatch: Int
  }

  /// What came of a run, as far as it must not depend on the load.
  private struct End: Equatable {
    var outcomes: [String] = []
    var counts: [[String: Int]] = []
    var metrics: [[String: Double]] = []
    var thresholds: [[String: Double]] = []
    var asked: [[Bool]] = []
    var answers: [String] = []
  }

  private static func rows(_ count: Int, from start: Int) -> [DataRow] {
    var generator = SplitMix64(seed: UInt64(start + 1))
    return (start..<start + count).map { number in
      let label = Int.random(in: 0..<labels.count, using: &generator)
      let own = (0..<2).map { _ in "own\(label)x\(Int.random(in: 0..<wordsPerLabel, using: &generator))" }
      let other = (0..<3).map { _ in "filler\(Int.random(in: 0..<20, using: &generator))" }
      return DataRow(
        id: "row \(number * 7919 % 10_007)", text: (own + other).shuffled(using: &generator).joined(separator: " "),
        label: labels[label])
    }
  }

  /// S1 has seen three words of each label.
  private static func specific() async throws -> SmallModelArtifact {
    let vocabulary =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
      + labels.indices.flatMap { label in (0..<wordsPerLabel).map { "own\(label)x\($0)" } }
      + (0..<20).map { "filler\($0)" }
    let tokenizer = try WordPieceTokenizer(vocabulary: vocabulary)
    let known = labels.indices.flatMap { label in (0..<3).map { (text: "own\(label)x\($0) filler\($0)", label: label) }
    }
    let source = TrainingSource(
      texts: TokenizedTexts(known.map(\.text), tokenizer: tokenizer, maximum: 16),
      targets: .labels(known.map(\.label)))
    let shape = try TextCNNShape(
      vocabulary: vocabulary.count, padding: Int(tokenizer.padding), dimension: 8,
      filters: [FilterBank(width: 1, count: 16)], labels: labels.count)
    let network = try await TextCNN(shape: shape, embeddings: nil, seed: 1).trained(on: [source], settings: training)
      .network
    let card = ModelCard(
      task: "toy", version: "specific-1", createdAt: Date(timeIntervalSince1970: 0), labels: labels,
      thresholds: ["shunt": 0.9], training: training)
    return try SmallModelArtifact(
      card: card, network: network, tokenizer: tokenizer,
      tokenCounts: [Int32](repeating: 1, count: vocabulary.count))
  }

  private static var training: TrainingSettings {
    var settings = TrainingSettings()
    (settings.epochs, settings.batchSize, settings.learningRate, settings.heldOutShare) = (6, 16, 0.02, 0)
    return settings
  }

  /// The large model is right in nine of ten.
  private static func recording(_ rows: [DataRow]) -> String {
    rows.enumerated().map { index, row in
      let answer = index % 10 == 0 ? labels[index / 10 % labels.count] : row.label ?? ""
      return #"{"id": "\#(row.id)", "text": "\#(row.input.text ?? "")", "recorded_llm_answer": "\#(answer)"}"#
    }.joined(separator: "\n")
  }

  private static func task(_ folder: URL, heldOut: [DataRow]) throws -> TaskDistillation {
    let file = folder.appending(path: "held-out.jsonl")
    try HeldOutFile.write(
      heldOut.map {
        HeldOutRow(
          id: $0.id, input: $0.input, label: $0.label ?? "", largeLabel: $0.label ?? "", largeConfidence: 0.9)
      }, to: file)
    var task = TaskDistillation(task: "toy", heldOut: file.path)
    task.policy.onDrift = .nothing
    task.round.isRepeatable = true
    task.round.training = training
    task.round.gate.bootstrap.resamples = 200
    // Caps that bind: which answers are over them must not depend on the order of recording.
    task.round.perLabel = 60
    return task
  }

  private static func run(_ load: Load, _ specific: SmallModelArtifact) async throws -> End {
    let folder = URL.temporaryDirectory.appending(path: "repeatable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    let stream = rows(900, from: 0)
    try Data(recording(stream).utf8).write(to: folder.appending(path: "answers.jsonl"))
    let definition =
      #"{"task": {"name": "toy"}, "large_model": {"kind": "recorded", "file": "\#(folder.path)/answers.jsonl", "#
      + #""accuracy": 0.9}, "pruning": {"mode": "none"}}"#
    try Data(definition.utf8).write(to: folder.appending(path: "task.json"))
    var options = LocalMode.Options()
    (options.taskFolders, options.partitions) = ([folder.path], load.partitions)
    let local = try await LocalMode.start(options)
    do {
      let end = try await run(load, specific, stream, try task(folder, heldOut: rows(400, from: 5000)), local)
      try await local.stop()
      return end
    } catch {
      try await local.stop()
      throw error
    }
  }

  private static func run(
    _ load: Load, _ specific: SmallModelArtifact, _ stream: [DataRow], _ task: TaskDistillation, _ local: LocalMode
  ) async throws -> End {
    let store = try ModelStore(local.deployment.database("test"))
    let model = try await store.register(
      ModelDescription(task: "toy", role: .specific, version: specific.card.version),
      artifact: Array(try specific.encoded()), who: "test")
    try await store.promote(model.id, who: "test", why: "first")
    var workers = LocalMode.Workers()
    (workers.router.batchSize, workers.router.taughtShare, workers.router.auditShare) = (load.routerBatch, 1, 0.2)
    (workers.largeModelWorker.batchSize, workers.largeModelWorker.inFlight) = (load.largeBatch, load.inFlight)
    workers.recorder.batchSize = load.recorderBatch
    // Not the defaults: who waits for the groups must wait for these.
    (workers.router.group, workers.largeModelWorker.group, workers.recorder.group) = ("routers", "large", "recorders")
    workers.distiller = DistillerSettings(tasks: [task])
    let runtime = Runtime(name: "test", settings: RuntimeSettings(log: LogSettings(level: .critical)))
    let (ends, end) = AsyncStream.makeStream(of: End.self)
    try await runtime.run(try await local.services(workers, runtime)) { [workers] in
      let connection = try Connection(local.deployment.database("test"))
      let feed = StreamFeed(
        task: "toy", deployment: local.deployment, workers: workers, results: ResultStore(connection), maximumLag: 1000)
      var found = End()
      for start in stride(from: 0, to: stream.count, by: 300) {
        let rows = Array(stream[start..<start + 300])
        try await feed.push(rows, namesLabels: true) { _, _ in }
        found.asked.append(try await feed.askedLarge(rows))
        let round = try await DistillationRounds.now(task: "toy", store: store, routedBy: workers.routingTable)
        found.outcomes.append(round.inWords)
        found.counts.append(round.counts)
      }
      let learnables = try await store.versions(task: "toy").filter { $0.description.role == .learnable }
      found.metrics = learnables.map(\.description.metrics)
      found.thresholds = learnables.map(\.description.thresholds)
      let figures = try await feed.figures()
      found.answers =
        figures.byAnswerer.map { "\($0.name) \($0.count) \($0.accuracy ?? -1)" }
        + ["\(figures.rejections) rejected", "large alone \(figures.largeAccuracy ?? -1)"]
      await connection.close()
      end.yield(found)
    }
    return try #require(await ends.first { _ in true })
  }

  @Test func theSameRoundsOnAnyLoad() async throws {
    let specific = try await Self.specific()
    let idle = try await Self.run(
      Load(partitions: 1, routerBatch: 2000, largeBatch: 64, inFlight: 1, recorderBatch: 5000), specific)
    let loaded = try await Self.run(
      Load(partitions: 5, routerBatch: 7, largeBatch: 3, inFlight: 4, recorderBatch: 11), specific)
    #expect(idle.outcomes.count == 3 && idle.outcomes.contains { $0.hasPrefix("promoted") }, "\(idle.outcomes)")
    #expect(idle.asked == loaded.asked)
    #expect(idle.outcomes == loaded.outcomes)
    #expect(idle.counts == loaded.counts)
    #expect(idle.metrics == loaded.metrics)
    #expect(idle.thresholds == loaded.thresholds)
    #expect(idle.answers == loaded.answers)
  }
}
