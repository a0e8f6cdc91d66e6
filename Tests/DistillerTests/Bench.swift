import Cascade
import Content
import Encoders
import Evaluation
import Foundation
import ImageFetch
import Logging
import ModelRegistry
import ModelStore
import Postgres
import ResultStore
import SmallModel
import TestSupport

@testable import Distiller

/// A database with S1 in force and a stream of answers, and distillers on it.
struct Bench: Sendable {
  let settings: PostgresSettings
  let models: ModelStore
  let results: ResultStore
  let task: TaskDistillation

  static let template = PostgresTestTemplate("distiller") { connection in
    try await ResultSchema.migrate(connection)
    try await ModelSchema.migrate(connection)
  }

  /// Runs `body` on a bench without a small model, whose stream the teacher answered: all of it is one's task.
  /// - Parameter hasProbabilities: whether the large model says how sure it is.
  static func withoutSmallModel(
    _ count: Int = 1200, hasProbabilities: Bool = true, _ body: (Bench) async throws -> Void
  ) async throws {
    try await PostgresTestDatabase.with(template) { settings in
      var toy = ToyTask(seed: 7)
      var task = TaskDistillation(task: "toy", heldOut: nil).defined(by: try ToyTask.definition())
      task.round.training = ToyTask.training
      task.round.gate.bootstrap.resamples = 200
      task.policy.pause = .zero
      task.policy.onDrift = .nothing
      let bench = Bench(
        settings: settings, models: try ModelStore(settings), results: ResultStore(try Connection(settings)), task: task
      )
      let stream = toy.stream(count, ToyTask.Teacher(accuracy: 0.99))
      _ = try await bench.results.write(
        stream.map { hasProbabilities ? row($0, specific: nil) : bareRow($0) })
      try await bench.waitUntilReadable()
      try await body(bench)
    }
  }

  /// Runs `body` on a bench whose stream the teacher answered.
  static func with(
    _ teacher: ToyTask.Teacher = ToyTask.Teacher(), _ body: (Bench) async throws -> Void
  ) async throws {
    try await PostgresTestDatabase.with(template) { settings in
      let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
      var toy = ToyTask(seed: 7)
      let heldOut = toy.heldOut(600)
      try HeldOutFile.write(heldOut, to: file)
      var task = TaskDistillation(task: "toy", heldOut: file.path)
      task.round.training = ToyTask.training
      task.round.training.epochs = 8
      task.round.gate.bootstrap.resamples = 200
      task.policy.newAnswers = 500
      task.policy.pause = .zero
      task.policy.onDrift = .nothing
      let bench = Bench(
        settings: settings, models: try ModelStore(settings), results: ResultStore(try Connection(settings)), task: task
      )
      try await bench.promote(try await ToyTask.specific(heldOut: heldOut))
      _ = try await bench.results.write(toy.stream(800, teacher).map { Self.row($0) })
      try await bench.waitUntilReadable()
      try await body(bench)
      try FileManager.default.removeItem(at: file)
    }
  }

  /// Readers stop before the oldest transaction that runs anywhere on the server, and other tests have theirs.
  func waitUntilReadable() async throws {
    let connection = try Connection(settings)
    try await eventually("older transactions end") {
      try await connection.query(
        "SELECT coalesce(max(transaction_id), '0'::xid8) < pg_snapshot_xmin(pg_current_snapshot()) AS done FROM results"
      ).one()["done"]
    }
    await connection.close()
  }

  /// The stream as routers left it a minute ago, by an S1 that is in force since yesterday.
  func routeStream() async throws {
    let connection = try connection()
    for statement in [
      "UPDATE results SET routed_at = date_trunc('milliseconds', now()) - interval '1 minute'",
      "INSERT INTO routing_probes SELECT task, routed_at, count(*) FROM results GROUP BY task, routed_at",
      "UPDATE model_events SET at = now() - interval '1 day'",
    ] { try await connection.execute(statement) }
    await connection.close()
    try await waitUntilReadable()
  }

  private func promote(_ specific: SmallModelArtifact) async throws {
    let model = try await models.register(
      ModelDescription(
        task: "toy", role: .specific, version: specific.card.version, thresholds: specific.card.thresholds),
      artifact: Array(try specific.encoded()), who: "test")
    try await models.promote(model.id, who: "test", why: "first")
  }

  /// - Parameter specific: S1's confidence in the same answer; `nil` where there was no S1.
  static func row(_ answer: StreamAnswer, specific: Float? = 0.5) -> ResultRow {
    let entry = answer.large?.distribution?.top.first
    return ResultRow(
      task: "toy", id: answer.id, reply: .label(entry?.label ?? ""), confidence: entry?.probability ?? 0,
      answeredBy: .large,
      modelVersion: "large",
      distribution: entry.map {
        Distribution(labels: [$0.label], probabilities: [$0.probability], rest: 1 - $0.probability)
      },
      specific: specific.map { SpecificAnswer(label: entry?.label ?? "", confidence: $0) }, text: answer.input.text,
      category: answer.category,
      truth: answer.truth, answeredAt: Date(timeIntervalSince1970: 1_800_000_000))
  }

  /// A label and nothing beside it.
  private static func bareRow(_ answer: StreamAnswer) -> ResultRow {
    ResultRow(
      task: "toy", id: answer.id, reply: .label(answer.large?.label ?? ""), confidence: nil, answeredBy: .large,
      modelVersion: "large", text: answer.input.text, answeredAt: Date(timeIntervalSince1970: 1_800_000_000))
  }

  func distiller(
    _ task: TaskDistillation? = nil, logger: Logger = Logger(label: "test"),
    afterStep: @escaping @Sendable (RoundStep) async throws -> Void = { _ in }
  ) throws -> TaskDistiller {
    try TaskDistiller(
      task ?? self.task, registry: registry(), results: ResultStore(try Connection(settings)),
      images: StreamImages(fetcher: ImageFetcher(ImageSettings())), who: "distiller", logger: logger,
      afterStep: afterStep)
  }

  /// The stored models, over a connection of its own.
  func registry(_ encoders: EncoderLibrary = EncoderLibrary()) throws -> ModelRegistry {
    ModelRegistry(try ModelStore(settings, backoff: Backoff()), encoders: encoders)
  }

  func connection() throws -> Connection { try Connection(settings) }

  func learnables(_ state: ModelState) async throws -> [ModelVersion] {
    try await models.versions(task: "toy").filter { $0.description.role == .learnable && $0.state == state }
  }
}

extension Distillation.Candidate {
  /// The toy answers with labels.
  var artifact: SmallModelArtifact {
    guard let artifact = model.classifier else { fatalError("the candidate does not answer with labels") }
    return artifact
  }
}

extension SmallModelArtifact {
  /// The model at its place, ready to answer.
  func stage(_ answeredBy: AnsweredBy) throws -> StageModel {
    try StageModel(self, as: answeredBy, encoders: EncoderLibrary())
  }
}
