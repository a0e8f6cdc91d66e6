import Cascade
import Content
import Encoders
import Foundation
import Kafka
import Logging
import Messages
import ModelRegistry
import ModelStore
import Postgres
import Router
import ServiceLifecycle
import SmallModel
import Testing
import TestSupport
import WorkerRuntime

/// TextCNN, then an encoder with a head, then the large model.
///
/// The TextCNN sees which words there are, so texts that name both fruits look alike to it. The encoder sees how often
/// each stands there, and is unsure only where both stand once.
@Suite(.ownTopics) struct IntermediateModelTests {
  /// What one model answered: at which δ, how many samples, and how many of them rightly.
  private struct Answers: Equatable {
    let model: String
    let threshold: Float
    let count: Int
    let right: Int
  }

  private static let words = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "apple", "pear", "a", "an", "green", "ripe",
  ]
  private static let (mostlyApple, mostlyPear) = ("an apple an apple a pear", "a pear a pear an apple")

  @Test func eachOfThreeModelsAnswersItsOwnAndTheOneBetweenIsSwapped() async throws {
    try await withTemporaryFolder { folder in
      try TinySentenceEncoder.write(words: Self.words, into: folder)
      let encoders = EncoderLibrary(ModelsFolder(folder))
      let network = try await Self.head(encoders)
      try await Rig.with { rig in
        let store = try ModelStore(rig.database)
        let table = CurrentRoutingTable()
        let watch = ModelWatch(
          registry: ModelRegistry(store, encoders: encoders), table: table, health: Health(),
          logger: Logger(label: "watch"))
        try await Self.promote(
          Self.artifact(network, version: "between-1", threshold: 0.8), as: .intermediate, in: store)
        try await Self.promote(try await ToyTask.artifact(), as: .specific, in: store)
        let services: [any Service] = [try rig.recorder(), try rig.largeModelWorker(), watch, rig.router(table)]
        try await rig.running(services) {
          try await eventually("both in the router") { table.versions == ["toy-1", "between-1"] }
          try await Self.push(0..<500, to: rig)
          try await eventually("500 rows") { try await rig.count("results") == 500 }
          let second = try Self.artifact(network, version: "between-2", threshold: 0.7)
          try await Self.promote(second, as: .intermediate, in: store)
          try await eventually("the second in the router") { table.versions == ["toy-1", "between-2"] }
          try await Self.push(500..<800, to: rig)
          try await eventually("800 rows") { try await rig.count("results") == 800 }
        }
        let answers = try await Self.answers(in: rig)
        let large = "large \(try ToyTask.largeModel().model.version)"
        #expect(
          answers == [
            Answers(model: "intermediate between-1", threshold: 0.8, count: 200, right: 200),
            Answers(model: "intermediate between-2", threshold: 0.7, count: 120, right: 120),
            // Each with the δ that the last small model held against it.
            Answers(model: large, threshold: 0.7, count: 60, right: 60),
            Answers(model: large, threshold: 0.8, count: 100, right: 100),
            Answers(model: "specific toy-1", threshold: 0.9, count: 320, right: 320),
          ])
        // One row a sample: as many rows as ids, and no sample that is a rejection, too.
        #expect(try await rig.count("(SELECT DISTINCT id FROM results) AS ids") == 800)
        #expect(try await rig.count("rejections") == 0)
        // What S1 said stands beside the others' answers, below its δ.
        #expect(try await rig.count("results WHERE answered_by <> 'specific' AND specific_confidence < 0.9") == 480)
      }
    }
  }

  /// An encoder's head that knows which fruit is named twice, and not what to say where neither is.
  private static func head(_ encoders: EncoderLibrary) async throws -> any SmallModelNetwork {
    var training = TrainingSettings()
    training.maximumTokens = 16
    let recipe = EncoderHeadRecipe(
      encoder: TinySentenceEncoder.name, pooling: .sentence, weightDecays: [0.01], training: training)
    let texts = [(mostlyApple, 0), (mostlyPear, 1), (ToyTask.hardText, 0), (ToyTask.hardText, 1)]
    let rows = (0..<40).flatMap { _ in texts }
    let examples = TrainingExamples(inputs: rows.map { .text($0.0) }, targets: .labels(rows.map(\.1)))
    return try await recipe.train(examples, heldOut: nil, labels: ToyTask.labels, encoders: encoders) { _ in }.network
  }

  private static func artifact(
    _ network: any SmallModelNetwork, version: String, threshold: Double
  ) throws -> SmallModelArtifact {
    var training = TrainingSettings()
    training.maximumTokens = 16
    return try SmallModelArtifact(
      card: ModelCard(
        task: ToyTask.name, version: version, createdAt: Date(timeIntervalSince1970: 0), labels: ToyTask.labels,
        thresholds: [ModelCard.shuntThreshold: threshold], training: training),
      network: network)
  }

  private static func promote(_ artifact: SmallModelArtifact, as role: AnsweredBy, in store: ModelStore) async throws {
    let model = try await store.register(
      artifact.card.description(as: role), artifact: Array(artifact.encoded()), who: "test")
    try await store.promote(model.id, who: "test", why: "test")
  }

  /// Of each five samples two are for the TextCNN, two for the encoder, and one for the large model.
  private static func push(_ numbers: Range<Int>, to rig: Rig) async throws {
    let samples = [
      (ToyTask.easyText(0), "apple"), (ToyTask.easyText(1), "pear"), (mostlyApple, "apple"), (mostlyPear, "pear"),
      (ToyTask.hardText, "pear"),
    ]
    var batch = OutgoingBatch()
    for number in numbers {
      let (text, label) = samples[number % samples.count]
      batch.append(
        Sample(id: "s\(number)", task: ToyTask.name, text: text, label: label, producedAt: .now),
        to: rig.topics.samples)
    }
    try await rig.push(batch)
  }

  private static func answers(in rig: Rig) async throws -> [Answers] {
    try await rig.connection.query(
      """
      SELECT answered_by || ' ' || model_version AS model, threshold, count(*) AS n,
        count(*) FILTER (WHERE label = true_label) AS correct
      FROM results GROUP BY 1, 2 ORDER BY 1, 2
      """
    ).map {
      Answers(model: try $0["model"], threshold: try $0["threshold"], count: try $0["n"], right: try $0["correct"])
    }
  }
}

extension CurrentRoutingTable {
  /// The versions in force for the toy task.
  fileprivate var versions: [String] { value.cascades[ToyTask.name]?.stages.map(\.version) ?? [] }
}
