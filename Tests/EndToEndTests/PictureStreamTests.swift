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
import Tasks
import Testing
import TestSupport
import WorkerRuntime

/// A large model that looks at pictures, and calls each of them blue.
private struct BlueModel: LargeModel {
  let version = "blue-1"

  static var traits: LargeModelTraits {
    var traits = LargeModelTraits()
    traits.reads = [.image]
    return traits
  }

  func answer(_ requests: [LargeModelRequest]) async throws -> [Result<LargeModelAnswer, LargeModelError>] {
    requests.map { request in
      guard request.input.image?.fetched != nil else { return .failure(LargeModelError(.badRequest, "no picture")) }
      return .success(
        LargeModelAnswer(label: 2, probabilities: [0.1, 0.1, 0.8], promptTokens: 0, completionTokens: 0, cost: 0))
    }
  }
}

@Suite(.ownTopics) struct PictureStreamTests {
  private static let (red, grey) = (PlainPNG.file([255, 0, 0]), PlainPNG.file([90, 90, 90]))
  private static let task = "colours"

  private static func router(
    _ rig: Rig, _ images: ImageSettings, _ health: Health = Health()
  ) throws -> Router {
    Router(
      settings: RouterSettings(taughtShare: 1), kafka: rig.cluster.settings, topics: rig.topics, images: images,
      table: CurrentRoutingTable(RoutingTable(cascades: [task: try ColourNetwork.cascade()])), health: health,
      logger: Logger(label: "router"))
  }

  private static func services(_ rig: Rig, _ images: ImageSettings, _ health: Health) throws -> [any Service] {
    let pruning = try TaskDefinition(json: #"{"task":{"name":"colours"}}"#).pruning
    let large = LargeModelTask(
      labels: LabelIndex(ColourNetwork.labels), model: BlueModel(), pruning: pruning, traits: BlueModel.traits)
    return [
      try rig.recorder(),
      LargeModelWorker(
        settings: LargeModelWorkerSettings(batchSize: 16), kafka: rig.cluster.settings, topics: rig.topics,
        images: images, tasks: [task: large], facts: { _, _ in nil }, health: health,
        logger: Logger(label: "large-model-worker")),
      try router(rig, images, health),
    ]
  }

  private static func push(_ images: [(id: String, image: ImageSource)], to rig: Rig) async throws {
    var batch = OutgoingBatch()
    for (id, image) in images {
      batch.append(
        Sample(id: id, task: task, input: Input(image: image), truth: .label("red")), to: rig.topics.samples)
    }
    try await rig.push(batch)
  }

  @Test func everyPictureEndsInOneRow() async throws {
    try await ImageServer.run { path, _ in
      .file(path.hasSuffix("red") ? Self.red : path.hasSuffix("grey") ? Self.grey : [1, 2, 3])
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      let sources: [ImageSource] = [
        .data(Self.red, mediaType: "image/png"), .data(Self.grey, mediaType: nil),
        .url("\(server.origin)/in/red", mediaType: "image/png"), .url("\(server.origin)/in/grey", mediaType: nil),
        .url("\(server.origin)/in/broken", mediaType: nil), .url("\(server.origin)/out/red", mediaType: nil),
      ]
      try await Rig.with { rig in
        try await rig.running(try Self.services(rig, images, Health())) {
          try await Self.push((0..<600).map { ("p\($0)", sources[$0 % sources.count]) }, to: rig)
          try await eventually("400 answers") { try await rig.count("results") == 400 }
          try await eventually("200 rejections") { try await rig.count("rejections") == 200 }
        }
        #expect(try await rig.count("results WHERE answered_by = 'specific' AND label = 'red'") == 200)
        #expect(try await rig.count("results WHERE answered_by = 'large' AND label = 'blue'") == 200)
        #expect(try await rig.count("results WHERE image_data IS NOT NULL AND image_url IS NULL") == 200)
        #expect(
          try await rig.count(
            "results WHERE image_url IS NOT NULL AND image_data IS NULL AND length(image_sha256) = 64")
            == 200)
        #expect(try await rig.count("results WHERE text IS NOT NULL") == 0)
        let answers = try await rig.store.newestTeaching(task: Self.task, limit: 1_000).answers
        #expect(answers.count == 400)
        #expect(Set(answers.compactMap { $0.input.image?.fetched }) == [Self.red, Self.grey])
        #expect(try await rig.connection.summaries().first?.accuracy == 0.5)
      }
      #expect(!server.asked.contains("/out/red"))
    }
  }

  /// A server that is away holds the task; once it is back all goes on by itself, and nothing is rejected.
  @Test func aServerThatIsAwayHoldsTheTask() async throws {
    let isBack = Switch()
    try await ImageServer.run { _, _ in
      isBack.isOn ? .file(Self.red) : .status(503)
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      try await Rig.with { rig in
        let health = Health()
        try await rig.running(try Self.services(rig, images, health)) {
          try await Self.push((0..<20).map { ("p\($0)", .url("\(server.origin)/in/\($0)", mediaType: nil)) }, to: rig)
          try await eventually("the hold") { "\(health.state)".contains("status 503") }
          // Pictures in messages go on meanwhile.
          try await Self.push([("inline", .data(Self.red, mediaType: nil))], to: rig)
          try await eventually("the one that needs no server") { try await rig.count("results") == 1 }
          isBack.turnOn()
          try await eventually("all") { try await rig.count("results") == 21 }
        }
        #expect(try await rig.count("rejections") == 0)
      }
    }
  }

  /// A picture that has changed since the small models saw it is rejected by its hash.
  @Test func aPictureThatChangedIsRejected() async throws {
    try await ImageServer.run { _, number in
      .file(number == 0 ? Self.grey : Self.red)
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      try await Rig.with { rig in
        try await rig.running(try Self.services(rig, images, Health())) {
          try await Self.push([("p", .url("\(server.origin)/in/a", mediaType: nil))], to: rig)
          try await eventually("the rejection") {
            try await rig.count(
              "rejections WHERE reason LIKE '%SHA-256%' AND format = '2' AND convert_from(payload, 'UTF8') NOT LIKE '%sha256%'"
            ) == 1
          }
        }
        #expect(try await rig.count("results") == 0)
      }
    }
  }

  /// Where small models read texts alone, no router has looked at an image's address.
  @Test func anAddressThatIsNotAllowedIsRejectedByTheLargeModelWorkerToo() async throws {
    try await Rig.with { rig in
      let services = try Self.services(rig, ImageSettings(), Health()).dropLast()
      try await rig.running(Array(services)) {
        var batch = OutgoingBatch()
        for (id, image) in [
          ("p", ImageSource.url("https://elsewhere.example/a", mediaType: nil)), ("q", .data(Self.red, mediaType: nil)),
        ] {
          let sample = Sample(id: id, task: Self.task, input: Input(image: image))
          batch.append(HardSample(sample: sample, predictions: [], routedAt: .now), to: rig.topics.hard)
        }
        try await rig.push(batch)
        try await eventually("both") {
          let rejected = try await rig.count("rejections WHERE reason LIKE '%image.url%'")
          let answered = try await rig.count("results WHERE id = 'q'")
          return (rejected, answered) == (1, 1)
        }
      }
    }
  }

  /// 20,000 pictures, a quarter of them by reference, while routers die and others come.
  @Test func routersThatDieAndComeLoseNoPicture() async throws {
    let count = 20_000
    try await ImageServer.run { path, _ in
      .file(path.hasSuffix("red") ? Self.red : Self.grey)
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      let sources: [ImageSource] = [
        .data(Self.red, mediaType: "image/png"), .data(Self.grey, mediaType: nil),
        .data(Self.red, mediaType: nil), .url("\(server.origin)/in/red", mediaType: nil),
      ]
      try await Rig.with(partitions: 8) { rig in
        try await rig.running(try Self.services(rig, images, Health())) {
          for round in 0..<4 {
            let numbers = count / 4 * round..<count / 4 * (round + 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
              // Cancelled, not shut down: it drops what it has, as a killed process does.
              let doomed = try Self.router(rig, images)
              group.addTask {
                do { try await doomed.run() } catch is CancellationError {}
              }
              for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 500) {
                try await Self.push((start..<start + 500).map { ("p\($0)", sources[$0 % sources.count]) }, to: rig)
              }
              try await eventually("half of round \(round)", within: .seconds(120)) {
                try await rig.count("results") >= numbers.lowerBound + count / 8
              }
              group.cancelAll()
              try await group.waitForAll()
            }
          }
          try await eventually("all rows", within: .seconds(180)) { try await rig.count("results") == count }
        }
        #expect(try await rig.count("rejections") == 0)
        #expect(try await rig.count("results WHERE answered_by = 'large' AND label = 'blue'") == count / 4)
        #expect(try await rig.count("results WHERE answered_by = 'specific' AND label = 'red'") == count / 4 * 3)
        #expect(try await rig.count("results WHERE image_url IS NOT NULL") == count / 4)
      }
    }
  }
}
