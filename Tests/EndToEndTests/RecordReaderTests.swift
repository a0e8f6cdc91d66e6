import Content
import Foundation
import JSON
import Kafka
import Messages
import ResultStore
import Streams
import TestSupport
import Testing

@testable import Recorder

@Suite(.ownTopics) struct RecordReaderTests {
  private func answer(_ id: String, _ reply: Reply, _ input: Input = .text("x"), truth: Truth? = nil) -> Answer {
    Answer(
      sample: Sample(id: id, task: "t", input: input, truth: truth), reply: reply, confidence: nil, answeredBy: .large,
      modelVersion: "v", threshold: 1.5, distribution: nil, routedAt: Timestamp(milliseconds: 1_500),
      answeredAt: Timestamp(milliseconds: 2_500), keepsInput: true)
  }

  private func reading(
    _ make: (inout OutgoingBatch, Topics) -> Void
  ) async throws -> (RecordReader.Reading, ConsumedBatch) {
    let cluster = try KafkaCluster()
    let topics = Topics(prefix: cluster.unique("record") + "-")
    try await cluster.create(topics.results.name)
    var outgoing = OutgoingBatch()
    make(&outgoing, topics)
    let batch = try await cluster.batch(of: outgoing, from: topics.results.name)
    #expect(batch.count == outgoing.count)
    return (try RecordReader(topics: topics).read(batch), batch)
  }

  @Test func rowsHaveWhatTheAnswersSay() {
    let image = ImageSource.data([1, 2, 3], mediaType: "image/png")
    let row = ResultRow(
      answer("1", .caption("a dog"), Input(text: "x", image: image), truth: .captions(["a dog", "two dogs"])))
    #expect(row.reply == .caption("a dog") && row.truth == .captions(["a dog", "two dogs"]) && row.quality == .right)
    #expect(row.text == "x" && row.image == image)
    // δ may stand above every confidence; a share may not.
    #expect(row.threshold == 1 && row.confidence == nil && row.answeredAt == Date(timeIntervalSince1970: 2.5))
    #expect(ResultRow(answer("2", .label("a"), truth: .label("a"))).quality == .right)
  }

  @Test func whatIsNoAnswerBecomesARejection() async throws {
    let (reading, batch) = try await reading { outgoing, topics in
      outgoing.append(answer("1", .label("a")), to: topics.results)
      outgoing.append(to: topics.results.name, key: "2", value: #"{"id":"2","task":"t"}"#)
      outgoing.append(answer("3", .caption("a dog")), to: topics.results)
    }
    #expect(reading.origins == [0, 2] && reading.unreadable == 1)
    #expect(reading.rejections.map(\.id) == ["2"] && reading.rejections[0].task == "t")
    #expect(reading.rejections[0].reason == "field \"label\" is missing; it must be a string")
    let refused = EncodedResults([ResultRow(answer(String(repeating: "i", count: 600), .label("a")))]).refused
    let rejections = RecordReader.rejections(of: refused, in: batch, reading)
    #expect(rejections.map(\.offset) == [0] && rejections[0].reason.contains("at most 512 can be stored"))
  }
}
