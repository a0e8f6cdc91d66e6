import Classification
import Foundation
import JSON
import Messages
import Testing

/// Each fixture is a message as it stands on the wire: reading and writing it gives the same bytes again.
@Suite struct FixtureTests {
  private func fixture(_ name: String) throws -> String {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try String(contentsOf: url, encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  private func rewritten(_ name: String, _ write: (JSONValue, inout JSONWriter) throws -> Void) throws -> String {
    var writer = JSONWriter()
    try JSONParser().parse(fixture(name)) { try write($0, &writer) }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func sample() throws {
    #expect(try rewritten("sample") { try Sample(json: $0).write(to: &$1) } == fixture("sample"))
  }

  @Test func hardSample() throws {
    #expect(try rewritten("hard") { try HardSample(json: $0).write(to: &$1) } == fixture("hard"))
  }

  @Test(arguments: ["result-easy", "result-large", "result-unsure"]) func answer(name: String) throws {
    #expect(try rewritten(name) { try Answer(json: $0).write(to: &$1) } == fixture(name))
  }

  /// Only the large model may not know how sure it is.
  @Test(arguments: ["confidence", "probabilities"]) func aSmallModelIsAlwaysSomehowSure(field: String) throws {
    let text = try fixture("result-easy").replacing("\"\(field)\"", with: "\"unread\"")
    let error = #expect(throws: JSONError.self) { try JSONParser().parse(text) { try Answer(json: $0) } }
    #expect(error?.description.contains("\"\(field)\" is missing") == true)
  }

  @Test func rejection() throws {
    #expect(try rewritten("rejected") { try Rejection(json: $0).write(to: &$1) } == fixture("rejected"))
  }
}

@Suite struct SampleTests {
  @Test func readsTheLeastThatMustBeThere() throws {
    let sample = try JSONParser().parse(#"{"id":"1","task":"t","text":"x","unknown":{"a":[1]}}"#) {
      try Sample(json: $0)
    }
    #expect(sample == Sample(id: "1", task: "t", text: "x"))
  }

  @Test(arguments: [
    (#"{"task":"t","text":"x"}"#, "\"id\" is missing"), (#"{"id":7,"task":"t","text":"x"}"#, "\"id\" is a number"),
    (#"{"id":"1","text":"x"}"#, "\"task\" is missing"), (#"{"id":"1","task":"t","text":""}"#, "\"text\" is empty"),
    (#"{"id":"1","task":"t","text":null}"#, "\"text\" is missing"), (#"["id"]"#, "is a JSON array"),
    (#"{"id":"1","task":"t","text":"x","category":3}"#, "\"category\" is a number"),
    (#"{"id":"1","task":"t","text":"x","produced_at":"yesterday"}"#, "is a string (\"yesterday\"), no time"),
  ])
  func namesTheFieldThatIsWrong(text: String, reason: String) throws {
    let error = #expect(throws: JSONError.self) { try JSONParser().parse(text) { try Sample(json: $0) } }
    #expect(try #require(error).description.contains(reason))
  }

  @Test func readsTimesInBothForms() throws {
    for time in ["1700000000250", #""2023-11-14T22:13:20.250Z""#, #""2023-11-14T23:13:20.250+01:00""#] {
      let sample = try JSONParser().parse(#"{"id":"1","task":"t","text":"x","produced_at":\#(time)}"#) {
        try Sample(json: $0)
      }
      #expect(sample.producedAt == Timestamp(milliseconds: 1_700_000_000_250))
    }
  }
}

@Suite struct RejectionTests {
  @Test func keepsTheBytesAsTheyCameAndMarksACut() throws {
    let bytes = [UInt8](repeating: 0xFF, count: Rejection.maximumPayload + 1)
    let rejection = bytes.withUnsafeBytes {
      Rejection(
        reason: "r", topic: "samples", partition: 1, offset: 2, value: $0, rejectedAt: Timestamp(milliseconds: 3))
    }
    var writer = JSONWriter()
    rejection.write(to: &writer)
    let read = try writer.bytes.withUnsafeBytes { try JSONParser().parse($0) { try Rejection(json: $0) } }
    #expect(read == rejection)
    #expect(read.isTruncated && read.size == Rejection.maximumPayload + 1)
  }

  /// Every byte that may be long, at its longest, and each escaped by six.
  @Test(arguments: [Rejection.maximumPayload, Rejection.smallPayload]) func fitsTheUsualLimit(payload: Int) {
    let long = String(repeating: "\u{1}", count: 100_000)
    let value = [UInt8](repeating: 0xFF, count: 1 << 20)
    let rejection = value.withUnsafeBytes {
      Rejection(
        reason: long, topic: long, partition: .max, offset: .max, task: long, id: long, value: $0,
        maximumPayload: payload, attempts: [String](repeating: long, count: 1_000), rejectedAt: .now)
    }
    var writer = JSONWriter()
    rejection.write(to: &writer)
    #expect(writer.bytes.count < (payload == Rejection.smallPayload ? 250_000 : 600_000))
  }

  /// A mark, or an emoji's joiner, makes one character of any number of bytes.
  @Test func aReasonIsCutByBytes() {
    let reason = "e" + String(repeating: "\u{301}", count: 1 << 20)
    let rejection = Rejection(
      reason: reason, topic: "samples", partition: 1, offset: 2, value: nil, attempts: [reason], rejectedAt: .now)
    #expect(rejection.reason.utf8.count <= 1_000 && rejection.attempts[0].utf8.count <= 1_000)
  }

  @Test func aTombstoneHasNoPayload() {
    let rejection = Rejection(
      reason: "r", topic: "samples", partition: 1, offset: 2, value: nil, rejectedAt: Timestamp(milliseconds: 3))
    #expect(rejection.payload == nil && !rejection.isTruncated)
  }
}

@Suite struct DistributionOnTheWireTests {
  private func written(_ distribution: LabelDistribution) -> String {
    let prediction = Prediction(model: .specific, version: "v", threshold: 0.5, distribution: distribution)
    let hard = HardSample(
      sample: Sample(id: "1", task: "t", text: "x"), predictions: [prediction], routedAt: Timestamp(milliseconds: 3))
    var writer = JSONWriter()
    hard.write(to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Labels that need no escape are written by a way of their own.
  @Test(arguments: [["net", "mail", "größer", ""], ["net", "say \"no\"", "back\\slash", "new\nline"]])
  func isTheSameByEitherWay(labels: [String]) {
    let byIndex = LabelDistribution(labels: LabelIndex(labels), probabilities: [0.5, 0.25, 0.1251, 0.1249])
    let byName = LabelDistribution(top: byIndex.top, rest: byIndex.rest)
    #expect(written(byIndex) == written(byName))
    #expect(written(byIndex).contains("\"net\":0.5,"))
  }
}
