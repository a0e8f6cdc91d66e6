import Cascade
import Classification
import Content
import Foundation
import ImageFetch
import Kafka
import LargeModel
import LargeModelWorker
import Logging
import Messages
import Router
import ServiceLifecycle
import SmallModel
import Synchronization
import Tasks
import TestSupport
import Testing
import WorkerRuntime

/// A large model that sees: it calls each picture grey, and keeps what its soft prompts said.
private final class GreyCaptioner: LargeModel {
  static let caption = "a grey picture"
  let version = "grey-1"
  private let seen = Mutex<Set<String>>([])
  var suggestions: Set<String> { seen.withLock { $0 } }

  static var traits: LargeModelTraits {
    var traits = LargeModelTraits()
    (traits.reads, traits.replies) = ([.image], [.caption])
    return traits
  }

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in
      if let suggestion = request.suggestion { seen.withLock { _ = $0.insert(suggestion.caption) } }
      guard request.input.image?.fetched != nil else { return .failure(LargeModelError(.badRequest, "no picture")) }
      return .success(
        LargeModelAnswer(caption: Self.caption, confidence: 0.75, promptTokens: 9, completionTokens: 4, cost: 0.001))
    }
  }
}

/// A captioner that is sure of nothing that it says: of no words, or of too many.
private struct EmptyCaptioner: CaptionPredictor {
  let reads: Set<Input.Kind> = [.image]
  let text: String

  func captions(_ rows: [Int], of inputs: [Input], scratch: PredictionScratch) -> [GeneratedCaption] {
    rows.map { _ in GeneratedCaption(text: text, meanLogProbability: 0, tokens: 1, calibration: nil) }
  }

  func distributions(_ rows: [Int], of inputs: [Input], scratch: PredictionScratch) -> [CaptionDistribution] { [] }
}

/// Pictures to captions, beside pictures to labels.
@Suite(.ownTopics) struct CaptionStreamTests {
  private static let (red, grey) = (PlainPNG.file([255, 0, 0]), PlainPNG.file([90, 90, 90]))
  private static let (captions, labels) = ("photographs", "colours")

  private static func captioners() -> CaptionCascade {
    CaptionCascade([
      .init(
        stage: CascadeStage(answeredBy: .specific, version: "colour-1", threshold: 0.9), predictor: ColourCaptioner())
    ])
  }

  private static func table(hasSmallModel: Bool) throws -> RoutingTable {
    let labels = [Self.labels: try ColourNetwork.cascade()]
    guard hasSmallModel else { return RoutingTable(cascades: labels.merging([captions: .none]) { $1 }) }
    return RoutingTable(cascades: labels, captions: [captions: captioners()])
  }

  private static func router(
    _ rig: Rig, _ settings: RouterSettings = RouterSettings(taughtShare: 1), hasSmallModel: Bool = true
  ) throws -> Router {
    Router(
      settings: settings, kafka: rig.cluster.settings, topics: rig.topics, images: ImageSettings(),
      table: CurrentRoutingTable(try table(hasSmallModel: hasSmallModel)), health: Health(),
      logger: Logger(label: "router"))
  }

  private static func worker(_ rig: Rig, _ model: any LargeModel) throws -> LargeModelWorker {
    let json = """
      {"task":{"name":"photographs","reply":"caption"},"pruning":{"mode":"soft"},"large_model":{"kind":
      "chat_completions","chat_completions":{"endpoints":["http://127.0.0.1:1/v1"],"model":"m"}}}
      """
    let definition = try TaskDefinition(json: json)
    let large = LargeModelTask(
      labels: LabelIndex([]), model: model, pruning: definition.pruning, traits: GreyCaptioner.traits, reply: .caption)
    return LargeModelWorker(
      settings: LargeModelWorkerSettings(batchSize: 16), kafka: rig.cluster.settings, topics: rig.topics,
      images: ImageSettings(), tasks: [captions: large], facts: { _, _ in nil }, health: Health(),
      logger: Logger(label: "large-model-worker"))
  }

  /// Every second picture is grey.
  private static func push(_ numbers: Range<Int>, of task: String = captions, to rig: Rig) async throws {
    var batch = OutgoingBatch()
    for number in numbers {
      let isGrey = number % 2 == 1
      let truth: Truth =
        task == labels
        ? .label("red") : .captions(["a \(isGrey ? "grey" : "red") picture", "a picture without anything on it"])
      let image = ImageSource.data(isGrey ? grey : red, mediaType: "image/png")
      batch.append(
        Sample(id: "p\(number)", task: task, input: Input(image: image), truth: truth), to: rig.topics.samples)
    }
    try await rig.push(batch)
  }

  @Test func captionsAndLabelsShareOneDeployment() async throws {
    try await Rig.with { rig in
      let model = GreyCaptioner()
      let settings = RouterSettings(taughtShare: 1, auditShare: 1)
      let services: [any Service] = [
        try rig.recorder(), try Self.worker(rig, model), try Self.router(rig, settings),
      ]
      try await rig.running(services) {
        try await Self.push(0..<40, to: rig)
        // Red ones alone: this rig's large model captions.
        for number in 0..<10 { try await Self.push(number * 2..<number * 2 + 1, of: Self.labels, to: rig) }
        try await eventually("50 answers") { try await rig.count("results") == 50 }
        try await eventually("20 audits") { try await rig.count("audits WHERE task = 'photographs'") == 20 }
      }
      #expect(try await rig.count("results WHERE answered_by = 'specific' AND caption = 'a red picture'") == 20)
      let large =
        "answered_by = 'large' AND caption = 'a grey picture' AND confidence = 0.75 AND completion_tokens = 4"
      #expect(try await rig.count("results WHERE \(large) AND candidates_before IS NULL AND quality = 1") == 20)
      #expect(try await rig.count("results WHERE \(large) AND specific_caption = 'a red picture'") == 20)
      #expect(try await rig.count("results WHERE label = 'red' AND quality = 1 AND caption IS NULL") == 10)
      #expect(try await rig.count("results WHERE image_data IS NOT NULL") == 50)
      #expect(try await rig.count("audits WHERE caption = 'a grey picture' AND specific_quality = 1") == 20)
      #expect(model.suggestions == ["a red picture"])
      try await Self.expectViews(rig)
    }
  }

  /// Both kinds in the same views: the mean quality of both, the accuracy of labels alone.
  private static func expectViews(_ rig: Rig) async throws {
    let rows = try await rig.connection.query(
      """
      SELECT task, query_share, accuracy, mean_quality, specific_mean_quality, captions_with_truth
      FROM accuracy_by_task ORDER BY task
      """)
    #expect(try rows.map { try $0["task"] as String } == [labels, captions])
    #expect(try rows.map { try $0["accuracy"] as Double? } == [1, nil])
    #expect(try rows.map { try $0["mean_quality"] as Double } == [1, 1])
    #expect(try rows.map { try $0["query_share"] as Double } == [0, 0.5])
    #expect(try rows.map { try $0["captions_with_truth"] as Int } == [0, 40])
    // "a red picture" of a grey one is neither right nor of no worth.
    let small: Double = try rows[1]["specific_mean_quality"]
    #expect(small > 0.5 && small < 1)
    let agreement: Double = try await rig.connection.query(
      "SELECT agreement FROM agreement_by_day WHERE task = $1 AND NOT is_audit", [.text(captions)]
    ).one()["agreement"]
    #expect(agreement > 0 && agreement < 1)
    let sums = try await rig.store.sums(task: captions)
    #expect(sums["large"]?.truths == 20 && sums["large"]?.quality == 20)
    #expect(sums["specific"]?.specificTruths == 20 && sums["specific"]?.specificQuality == 20)
    let answers = try await rig.store.answers(task: captions, ids: ["p0", "p1"])
    #expect(answers.mapValues(\.reply) == ["p0": .caption("a red picture"), "p1": .caption("a grey picture")])
  }

  @Test func withoutASmallModelTheLargeOneCaptionsEverything() async throws {
    try await Rig.with { rig in
      let model = GreyCaptioner()
      let services: [any Service] = [
        try rig.recorder(), try Self.worker(rig, model), try Self.router(rig, hasSmallModel: false),
      ]
      try await rig.running(services) {
        try await Self.push(0..<30, to: rig)
        try await eventually("30 answers") { try await rig.count("results") == 30 }
      }
      #expect(
        try await rig.count("results WHERE answered_by = 'large' AND caption IS NOT NULL AND specific_caption IS NULL")
          == 30)
      #expect(model.suggestions.isEmpty)
    }
  }

  /// Its answer could not be recorded, however sure it is.
  @Test(arguments: ["", " ", String(repeating: "a ", count: 1_025)])
  func aCaptionerThatSaysNothingIsUnsure(text: String) async throws {
    let stage = CascadeStage(answeredBy: .specific, version: "empty-1", threshold: 0.5)
    let cascade = CaptionCascade([.init(stage: stage, predictor: EmptyCaptioner(text: text))])
    try await Rig.with { rig in
      let router = Router(
        settings: RouterSettings(), kafka: rig.cluster.settings, topics: rig.topics, images: ImageSettings(),
        table: CurrentRoutingTable(RoutingTable(captions: [Self.captions: cascade])), health: Health(),
        logger: Logger(label: "router"))
      try await rig.running([try rig.recorder(), try Self.worker(rig, GreyCaptioner()), router]) {
        try await Self.push(0..<4, to: rig)
        try await eventually("4 answers") { try await rig.count("results") == 4 }
      }
      #expect(try await rig.count("results WHERE answered_by = 'large' AND specific_caption IS NULL") == 4)
    }
  }

  /// 5,000 pictures to captions, while a router and a large-model worker die and others come.
  @Test func workersThatDieLoseNoCaption() async throws {
    let count = 5_000
    try await Rig.with(partitions: 8) { rig in
      let model = GreyCaptioner()
      try await rig.running([try rig.recorder(), try Self.worker(rig, model), try Self.router(rig)]) {
        for round in 0..<2 {
          let numbers = count / 2 * round..<count / 2 * (round + 1)
          try await withThrowingTaskGroup(of: Void.self) { group in
            // Cancelled, not shut down: they drop what they have, as killed processes do.
            let (router, worker) = (try Self.router(rig), try Self.worker(rig, model))
            for doomed in [router, worker] as [any Service] {
              group.addTask {
                do { try await doomed.run() } catch is CancellationError {}
              }
            }
            for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 500) {
              try await Self.push(start..<start + 500, to: rig)
            }
            try await eventually("half of round \(round)", within: .seconds(120)) {
              try await rig.count("results") >= numbers.lowerBound + count / 4
            }
            group.cancelAll()
            try await group.waitForAll()
          }
        }
        try await eventually("all rows", within: .seconds(180)) { try await rig.count("results") == count }
      }
      #expect(try await rig.count("rejections") == 0)
      #expect(try await rig.count("results WHERE answered_by = 'specific' AND caption = 'a red picture'") == count / 2)
      #expect(try await rig.count("results WHERE answered_by = 'large' AND caption = 'a grey picture'") == count / 2)
    }
  }
}
