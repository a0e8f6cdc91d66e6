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
import Testing

@testable import Distiller

/// Rounds of a task that answers with captions, on a private Postgres.
@Suite struct CaptionRoundTests {
  /// A database with S1 in force, and a stream that the large model answered where S1 was unsure.
  private struct CaptionBench {
    let settings: PostgresSettings
    let models: ModelStore
    let results: ResultStore
    let registry: ModelRegistry
    var task: TaskDistillation

    func look(_ task: TaskDistillation? = nil, isRequested: Bool = false) async throws -> TaskDistiller.Look {
      try await distiller(task).look(isRequested: isRequested)
    }

    func distiller(_ task: TaskDistillation? = nil) throws -> TaskDistiller {
      try TaskDistiller(
        task ?? self.task, registry: registry, results: ResultStore(try Connection(settings)),
        images: StreamImages(fetcher: ImageFetcher(ImageSettings())), who: "distiller", logger: Logger(label: "test"))
    }
  }

  private static let teacher: Float? = 0.8

  private static func row(
    _ picture: ToyCaptions.Picture, _ number: Int, confidence: Float?, saysLarge: (Bool) -> String
  ) -> ResultRow {
    ResultRow(
      task: "toy", id: "p\(number)",
      reply: .caption(picture.isRed ? ToyCaptions.caption(isRed: true) : saysLarge(picture.isRed)),
      confidence: picture.isRed ? 0.9 : confidence, answeredBy: picture.isRed ? .specific : .large, modelVersion: "m",
      image: picture.input.image, answeredAt: Date(timeIntervalSince1970: 1_800_000_000))
  }

  /// - Parameters:
  ///   - confidence: the large model's.
  ///   - saysLarge: its caption.
  private static func with(
    confidence: Float? = teacher, saysLarge: @escaping (Bool) -> String = { ToyCaptions.caption(isRed: $0) },
    _ body: (CaptionBench) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      let toy = try ToyCaptions(in: folder)
      let specific = try await toy.specific()
      try await PostgresTestDatabase.with(Bench.template) { settings in
        let file = folder.appending(path: "held-out.jsonl")
        try HeldOutFile.write(heldOut(), to: file)
        var task = TaskDistillation(task: "toy", heldOut: file.path)
        (task.policy.newAnswers, task.policy.pause, task.policy.onDrift) = (50, .zero, .nothing)
        task.policy.leastAnswers = 40
        (task.round.gate.leastSamples, task.round.gate.bootstrap.resamples) = (50, 200)
        // A toy of 40 held-out blue pictures tells no half a point.
        (task.round.gate.accuracyTolerance, task.round.gate.accuracyMargin) = (0.05, 0.1)
        task.round.threshold = .nearBest(margin: 0.03)
        (task.round.captionEpochs, task.round.captionLearningRate) = (30, 0.01)
        let results = ResultStore(try Connection(settings))
        let models = try ModelStore(settings, backoff: Backoff())
        let bench = CaptionBench(
          settings: settings, models: models, results: results,
          registry: ModelRegistry(models, encoders: toy.encoders), task: task)
        let model = try await models.register(
          specific.card.description(as: .specific), artifact: Array(try specific.encoded()), who: "test")
        try await models.promote(model.id, who: "test", why: "first")
        _ = try await results.write(
          ToyCaptions.pictures(60, kind: 3).enumerated().map {
            row($1, $0, confidence: confidence, saysLarge: saysLarge)
          })
        try await eventually("older transactions end") { try await results.isReadable(task: "toy") }
        try await body(bench)
      }
    }
  }

  /// The large model is right.
  private static func heldOut() -> [HeldOutRow] {
    ToyCaptions.pictures(80, kind: 4).enumerated().map { index, picture in
      HeldOutRow(
        id: "h\(index)", input: picture.input, truth: .captions(picture.captions),
        large: .caption(ToyCaptions.caption(isRed: picture.isRed)), largeConfidence: 0.8)
    }
  }

  @Test func aRoundPromotesACaptionerThatAsksLess() async throws {
    try await Self.with { bench in
      let look = try await bench.look()
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      try #require(look == .finished(.promoted), "\(round.reasons ?? "") \(round.counts)")
      let versions = try await bench.models.serving().smallModels(of: "toy")
      #expect(versions.map(\.slot.role) == [.specific, .learnable])
      let metrics = versions[1].description.metrics
      let (share, before) = (metrics["cascade.query_share"] ?? 1, metrics["in_force.query_share"] ?? 0)
      #expect(share < before - 0.1, "\(metrics)")
      #expect(try #require(metrics["cascade.bleu"]) > 0.8 && metrics["cascade.accuracy"] == nil)
      #expect(round.counts["stage 1"] ?? 0 > 10 && round.counts["stage 2"] ?? 0 > 20, "\(round.counts)")
      // As a router would: of blue pictures, which S1 passes on, S2 answers some.
      guard case .captions(let cascade)? = try await bench.registry.cascade(versions) else {
        Issue.record("the versions in force do not caption")
        return
      }
      let inputs = ToyCaptions.pictures(60, kind: 6).map(\.input)
      let batch = try cascade.shunt(inputs, scratch: PredictionScratch())
      let blue = batch.decisions.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      let byLearnable = blue.count { if case .easy(let stage, _) = $0 { stage == 1 } else { false } }
      #expect(byLearnable > 3, "\(blue)")
      // What has taught is no longer new, and the next round judges against the S2 in force.
      #expect(try await bench.look() == .idle(newAnswers: 0))
      let second = try await bench.look(isRequested: true)
      #expect([.finished(.promoted), .finished(.rejected)].contains(second))
    }
  }

  /// What the large model taught was wrong: BLEU falls, and the gate says by how much.
  @Test func aTeacherThatIsWrongIsRefused() async throws {
    try await Self.with(saysLarge: { _ in "something very strange stands here" }) { bench in
      #expect(try await bench.look() == .finished(.rejected))
      let round = try #require(try await bench.models.rounds(task: "toy").first)
      #expect(try #require(round.reasons).contains("BLEU"))
      #expect(try await bench.models.serving().smallModels(of: "toy").count == 1)
    }
  }

  @Test func aLargeModelWithoutConfidenceTeachesNobodyAndTheRoundSaysSo() async throws {
    try await Self.with(confidence: nil) { bench in
      #expect(try await bench.look() == .idle(newAnswers: 30))
      #expect(try await bench.look(isRequested: true) == .finished(.nothingToLearn))
      let reasons = try #require(try await bench.models.rounds(task: "toy").first?.reasons)
      #expect(reasons.contains("30 more came without a confidence"), "\(reasons)")
      #expect(reasons.contains("log-probabilities"))
    }
  }

  @Test func whatHoldsForLabelsAloneIsRefusedInWords() async throws {
    try await Self.with { bench in
      var shadowed = bench.task
      shadowed.shadow.samples = 100
      #expect(try await bench.look(shadowed) == .finished(.failed))
      #expect(try #require(try await bench.models.rounds(task: "toy").first?.reasons).contains("gate.shadow_samples"))

      var unjudged = bench.task
      unjudged.heldOut = nil
      #expect(try await bench.look(unjudged, isRequested: true) == .finished(.failed))
      #expect(try #require(try await bench.models.rounds(task: "toy").first?.reasons).contains("held_out"))

      var watched = bench.task
      (watched.policy.onDrift, watched.policy.newAnswers) = (.round, nil)
      let distiller = try bench.distiller(watched)
      #expect(try await distiller.look() == .idle(newAnswers: 0))
      #expect(await distiller.notes.contains { $0.contains("drift is not watched") })
    }
  }

  /// Held-out samples of labels judge no captions.
  @Test func heldOutLabelsAreRefused() async throws {
    try await Self.with { bench in
      let file = try #require(bench.task.heldOut)
      try HeldOutFile.write(
        [HeldOutRow(id: "7", input: .text("x"), label: "a", largeLabel: "a", largeConfidence: 1)],
        to: URL(filePath: file))
      #expect(try await bench.look() == .finished(.failed))
      #expect(
        try #require(try await bench.models.rounds(task: "toy").first?.reasons).contains("\"7\" has a label"))
    }
  }
}
