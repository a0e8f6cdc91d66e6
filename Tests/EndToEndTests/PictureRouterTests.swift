import Content
import Foundation
import ImageFetch
import JSON
import Kafka
import Messages
import SmallModel
import Streams
import TestSupport
import Testing

@testable import Router

/// What a router makes of samples whose models look at pictures.
@Suite(.ownTopics) struct PictureRouterTests {
  private static let (red, grey) = (PlainPNG.file([255, 0, 0]), PlainPNG.file([90, 90, 90]))

  private static func value(_ id: String, _ image: String) -> String {
    #"{"id":"\#(id)","task":"colours","image":\#(image)}"#
  }

  private static func inline(_ id: String, _ bytes: [UInt8]) -> String {
    value(id, #"{"data":"\#(Data(bytes).base64EncodedString())"}"#)
  }

  private struct Outcome {
    let routed: RoutedBatch
    let topics: Topics

    func all<Body: Message>(_ topic: Topic<Body>, format: String = "2") throws -> [Body] {
      let decoder = try MessageDecoder()
      return try (0..<routed.outgoing.count).filter { routed.outgoing.topic(of: $0) == topic.name }.map { record in
        try Array(routed.outgoing.value(of: record)).withUnsafeBytes { value in
          try decoder.decode(value, format: Body.self == Rejection.self ? "1" : format) {
            json, format throws(JSONError) in
            try Body(json: json, format: format)
          }
        }
      }
    }
  }

  private func routed(
    _ values: [String], images: ImageSettings = ImageSettings(), taught: Double = 0, times: Int = 1,
    until isEnd: (RoutedBatch) -> Bool = { _ in false }
  ) async throws -> Outcome {
    let cluster = try KafkaCluster()
    let topics = Topics(prefix: cluster.unique("pictures") + "-")
    try await cluster.create(topics.samples.name)
    var outgoing = OutgoingBatch()
    for value in values {
      outgoing.append(
        to: topics.samples.name, key: "k".utf8, value: Array(value.utf8),
        headers: [RecordHeader(MessageFormat.header, "2")])
    }
    let batch = try await cluster.batch(of: outgoing, from: topics.samples.name)
    let table = RoutingTable(cascades: ["colours": try ColourNetwork.cascade()])
    let router = try BatchRouter(
      topics: topics, settings: RouterSettings(taughtShare: taught), images: ImageIntake(images))
    for _ in 1..<times {
      let routed = try await router.route(batch, by: table, now: .now)
      if isEnd(routed) { return Outcome(routed: routed, topics: topics) }
    }
    return Outcome(routed: try await router.route(batch, by: table, now: .now), topics: topics)
  }

  @Test func easyOnesAreAnsweredAndHardOnesGoOn() async throws {
    let outcome = try await routed([Self.inline("easy", Self.red), Self.inline("hard", Self.grey)], taught: 1)
    #expect(outcome.routed.counts == RoutedCounts(specific: 1, hard: 1))
    let answer = try #require(try outcome.all(outcome.topics.results).first)
    #expect(answer.reply == .label("red") && answer.input.image == .data(Self.red, mediaType: nil))
    let hard = try #require(try outcome.all(outcome.topics.hard).first)
    #expect(hard.sample.input.image == .data(Self.grey, mediaType: nil))
  }

  @Test func whatIsNoPictureIsRejectedBeforeItIsLookedAt() async throws {
    let cases: [(String, String)] = [
      (Self.inline("gif", Array("GIF89a and more".utf8)), "field \"image\": unknown format"),
      (Self.inline("cut", Array(Self.red.prefix(60))), "field \"image\": "),
      (Self.inline("dot", PlainPNG.file([1, 2, 3], width: 1, height: 1)), "field \"image\": too small"),
      (#"{"id":"text","task":"colours","text":"red"}"#, "field \"image\" is missing; the models of task \"colours\""),
      (Self.inline("long", [UInt8](repeating: 7, count: 2_000)), "at most 1000 are read (images.maximum_bytes)"),
      (Self.inline("wide", PlainPNG.file([1, 2, 3], width: 200, height: 60)), "field \"image\": too large"),
      (
        Self.value("scheme", #"{"url":"ftp://h.example/a.png"}"#),
        "field \"image.url\": the image at ftp://h.example/a.png"
      ),
      (Self.value("prefix", #"{"url":"https://h.example/a.png"}"#), "images.allowed has no prefix of its address"),
    ]
    let images = ImageSettings(maximumBytes: 1_000, maximumPixels: 10_000)
    // Stored pixels would be longer than that.
    let values = cases.map(\.0).filter { !$0.contains("\"wide\"") } + [Self.inline("red", Self.red)]
    let outcome = try await routed(values, images: images)
    let wide = try await routed(
      cases.map(\.0).filter { $0.contains("\"wide\"") }, images: ImageSettings(maximumPixels: 10_000))
    #expect(outcome.routed.counts == RoutedCounts(specific: 1, rejected: cases.count - 1))
    let rejections = try outcome.all(outcome.topics.rejected) + wide.all(wide.topics.rejected)
    for (value, reason) in cases {
      let rejection = rejections.first { value.contains("\"\($0.id ?? "")\"") }
      #expect(rejection?.reason.contains(reason) == true, "\(rejection?.reason ?? "none") lacks \(reason)")
    }
    #expect(rejections.allSatisfy { $0.payloadFormat == "2" })
  }

  @Test func anImagesBytesTeachWithinABound() async throws {
    let bound = ImageSettings(keptBytes: Self.red.count - 1)
    let image = Data(Self.red).base64EncodedString()
    let samples = [
      Self.inline("image", Self.red),
      #"{"id":"both","task":"colours","text":"a text","image":{"data":"\#(image)"}}"#,
    ]
    let outcome = try await routed(samples, images: bound, taught: 1)
    #expect(outcome.routed.counts.leftOut == 2)
    #expect(try outcome.all(outcome.topics.results, format: "1").map(\.input) == [Input(), .text("a text")])
  }

  @Test func referencesAreFetchedAndStayReferencesWithTheirHash() async throws {
    try await ImageServer.run { path, _ in
      switch path {
      case "/in/red": .file(Self.red)
      case "/in/grey": .file(Self.grey)
      case "/in/broken": .status(200, "<html>no picture</html>")
      default: .status(404)
      }
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      let outcome = try await routed(
        ["red", "grey", "gone", "broken"].map { Self.value($0, #"{"url":"\#(server.origin)/in/\#($0)"}"#) }
          + [Self.inline("inline", Self.red)], images: images, taught: 1)
      #expect(outcome.routed.counts == RoutedCounts(specific: 2, hard: 1, rejected: 2))
      #expect(outcome.routed.fetched == ["colours": 3] && outcome.routed.waiting.isEmpty)
      func hash(_ name: String) async throws -> String {
        try await ImageFetcher(images).fetch("\(server.origin)/in/\(name)").sha256
      }
      let hard = try #require(try outcome.all(outcome.topics.hard).first)
      #expect(
        hard.sample.input.image == .url("\(server.origin)/in/grey", mediaType: nil, sha256: try await hash("grey")))
      let answers = try outcome.all(outcome.topics.results)
      let red = try #require(answers.first { $0.id == "red" }?.input.image)
      #expect(red == .url("\(server.origin)/in/red", mediaType: nil, sha256: try await hash("red")))
      let reasons = try outcome.all(outcome.topics.rejected).map(\.reason)
      #expect(reasons.contains { $0.contains("status 404") } && reasons.contains { $0.contains("unknown format") })
    }
  }

  /// One that fails alone is charged with it in the end; what all meet is charged to none.
  @Test(arguments: [true, false]) func whatTheWorldDoesWaits(othersCome: Bool) async throws {
    try await ImageServer.run { path, _ in
      othersCome && path == "/in/red" ? .file(Self.red) : .status(503)
    } _: { server in
      let images = ImageSettings(allowed: AllowedImages([try ImagePrefix("\(server.origin)/in/")]))
      let values = ["busy", "red"].map { Self.value($0, #"{"url":"\#(server.origin)/in/\#($0)"}"#) }
      // Of one batch either image may be the first to come, so that some batches say nothing of the other.
      let outcome = try await routed(values, images: images, times: othersCome ? 30 : 12) {
        $0.postponed["colours"].map { $0.hold == nil } ?? false
      }
      let postponed = try #require(outcome.routed.postponed["colours"])
      #expect(postponed.places == (othersCome ? [0] : [0, 1]) && postponed.wait > .zero)
      #expect((postponed.hold == nil) == othersCome)
      #expect(outcome.routed.counts.rejected == 0)
      guard othersCome else { return }
      let charged = try await routed(values, images: images, times: 30) { $0.postponed.isEmpty }
      #expect(charged.routed.counts == RoutedCounts(specific: 1, rejected: 1) && charged.routed.postponed.isEmpty)
    }
  }
}
