import Content
import JSON
import Kafka
import Messages
import Streams
import TestSupport
import Testing

@testable import Router

@Suite(.ownTopics) struct BatchRouterTests {
  private static let (easy, pear, hard) = (
    #"{"id":"easy","task":"toy","text":"a ripe apple","label":"apple"}"#,
    #"{"id":"pear","task":"toy","text":"a green pear","label":"apple"}"#,
    #"{"id":"hard","task":"toy","text":"an apple a pear"}"#
  )

  /// What a router makes of messages, each with the format that its header names.
  private func routed(
    _ messages: [(value: String, format: String?)], _ places: [Int]? = nil, settings: RouterSettings = RouterSettings(),
    held: Set<String> = []
  ) async throws -> (routed: RoutedBatch, batch: ConsumedBatch, router: BatchRouter, topics: Topics) {
    let cluster = try KafkaCluster()
    let topics = Topics(prefix: cluster.unique("batch") + "-")
    try await cluster.create(topics.samples.name)
    var outgoing = OutgoingBatch()
    for (value, format) in messages {
      outgoing.append(
        to: topics.samples.name, key: "k".utf8, value: Array(value.utf8),
        headers: format.map { [RecordHeader(MessageFormat.header, $0)] } ?? [])
    }
    let batch = try await cluster.batch(of: outgoing, from: topics.samples.name)
    #expect(batch.count == messages.count)
    var table = RoutingTable(cascades: [ToyTask.name: try await ToyTask.cascade()])
    for task in held { table.held[task] = "its model is not there" }
    let router = try BatchRouter(topics: topics, settings: settings, images: ImageIntake())
    let routed = try await router.route(batch, places, by: table, now: .now)
    return (routed, batch, router, topics)
  }

  private func messages<Body: Message>(
    _ outgoing: OutgoingBatch, in topic: Topic<Body>, format: String? = nil
  ) throws -> [Body] {
    let decoder = try MessageDecoder()
    return try (0..<outgoing.count).filter { outgoing.topic(of: $0) == topic.name }.map { record in
      try Array(outgoing.value(of: record)).withUnsafeBytes { value in
        try decoder.decode(value, format: format) { json, format throws(JSONError) in
          try Body(json: json, format: format)
        }
      }
    }
  }

  @Test func eachMessageGoesItsWay() async throws {
    let unreadable = #"{"id":"bad","task":"toy"}"#
    let unknown = #"{"id":"lost","task":"nobody's","text":"x"}"#
    let (routed, _, _, topics) = try await routed(
      [Self.easy, unreadable, Self.hard, Self.pear, unknown].map { ($0, nil) })
    #expect(routed.counts == RoutedCounts(specific: 2, hard: 1, rejected: 2))
    let answers = try messages(routed.outgoing, in: topics.results)
    #expect(answers.map(\.id) == ["easy", "pear"] && answers.map(\.reply) == [.label("apple"), .label("pear")])
    #expect(answers.map(\.quality) == [.right, .wrong] && answers.allSatisfy { $0.threshold == 0.9 })
    let hard = try messages(routed.outgoing, in: topics.hard)
    #expect(hard.map(\.sample.id) == ["hard"] && hard[0].predictions.map(\.model) == [.specific])
    let rejections = try messages(routed.outgoing, in: topics.rejected)
    #expect(rejections.map(\.id) == ["bad", "lost"] && rejections.map(\.offset) == [1, 4])
    #expect(rejections[0].reason == "field \"text\" is missing; it must be a string")
    #expect(rejections[1].reason.contains("the tasks with a model in force are: toy"))
    // Rejections come first: their messages never reach a model.
    #expect(routed.places == [1, 4, 0, 2, 3])
    #expect(routed.rejected.map(\.key.task).contains(ToyTask.name) && routed.samples == [ToyTask.name: 3])
  }

  @Test(arguments: [0.0, 1.0]) func sharesAreDrawnOfEasySamples(share: Double) async throws {
    var settings = RouterSettings()
    (settings.auditShare, settings.taughtShare) = (share, share)
    let (routed, batch, router, topics) = try await routed([(Self.easy, nil), (Self.hard, nil)], settings: settings)
    let (answers, hard) = (
      try messages(routed.outgoing, in: topics.results), try messages(routed.outgoing, in: topics.hard)
    )
    #expect(answers.map(\.input.text) == [share == 1 ? "a ripe apple" : nil])
    #expect(hard.map(\.audited?.reply.label) == (share == 1 ? ["apple", nil] : [nil]))
    #expect(routed.counts.audited == Int(share) && routed.places == (share == 1 ? [0, 0, 1] : [0, 1]))
    // The audit of a sample that has its answer is no loss.
    let small = await router.rejections(ofTooLarge: [1], in: routed, of: batch, now: .now)
    #expect(try messages(small, in: topics.rejected).map(\.id) == (share == 1 ? [] : ["hard"]))
  }

  @Test func whatIsTooLargeIsRejectedSmall() async throws {
    let (routed, batch, router, topics) = try await routed([(Self.easy, nil), (Self.hard, nil)])
    let small = await router.rejections(ofTooLarge: [1], in: routed, of: batch, now: .now)
    let rejection = try #require(try messages(small, in: topics.rejected).first)
    #expect(rejection.id == "hard" && rejection.reason.contains("more than the broker takes"))
  }

  @Test func aTaskThatIsHeldWaits() async throws {
    let (routed, _, _, _) = try await routed([(Self.easy, nil), (Self.hard, nil)], held: [ToyTask.name])
    #expect(routed.held == [ToyTask.name: [0, 1]] && routed.outgoing.isEmpty)
  }

  @Test func onlyTheMessagesThatAreMeantAreRouted() async throws {
    let (routed, _, _, topics) = try await routed([(Self.easy, nil), (Self.hard, nil)], [1])
    #expect(try messages(routed.outgoing, in: topics.hard).map(\.sample.id) == ["hard"])
    #expect(routed.outgoing.count == 1 && routed.places == [1])
  }

  /// A text's models read the text; its image goes on with it.
  @Test func imagesArePassedOnAndNeverStandForATextThatIsMissing() async throws {
    let image = #""image":{"url":"https://example.org/a.png"}"#
    let (routed, _, _, topics) = try await routed([
      (#"{"id":"both","task":"toy","text":"an apple a pear",\#(image)}"#, "2"),
      (#"{"id":"alone","task":"toy",\#(image)}"#, nil), (#"{"id":"new","task":"toy","text":"x"}"#, "3"),
    ])
    let hard = try messages(routed.outgoing, in: topics.hard, format: "2")
    #expect(hard.map(\.sample.input.image) == [.url("https://example.org/a.png", mediaType: nil)])
    let rejections = try messages(routed.outgoing, in: topics.rejected)
    #expect(Set(rejections.map(\.id)) == ["alone", "new"])
    #expect(
      rejections.first { $0.id == "alone" }?.reason
        == "field \"text\" is missing; the models of task \"toy\" read texts alone")
    // A replay sends it as it came.
    #expect(rejections.first { $0.id == "new" }?.payloadFormat == "3")
  }
}
