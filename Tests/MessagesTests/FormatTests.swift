import Content
import Foundation
import JSON
import Messages
import Testing

/// A corpus of messages as they stood on the wire, one a line.
private func corpus(_ name: String) throws -> [String] {
  let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "jsonl"))
  return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
}

private func decoded<Body: Message>(_ text: String, header: String?, as kind: Body.Type = Body.self) throws -> Body {
  let decoder = try MessageDecoder()
  let header = header.map { Array($0.utf8) }
  return try Array(text.utf8).withUnsafeBytes { value in
    guard let header else { return try decoder.decode(value, as: kind) }
    return try header.withUnsafeBytes { try decoder.decode(value, format: $0, as: kind) }
  }
}

private func written(_ message: some Message) -> String {
  var writer = JSONWriter()
  message.write(to: &writer)
  return String(decoding: writer.bytes, as: UTF8.self)
}

private func expectTheSameAgain<Body: Message>(_ name: String, header: String?, as kind: Body.Type) throws {
  for line in try corpus(name) {
    let message = try decoded(line, header: header, as: kind)
    #expect(written(message) == line)
    #expect(message.format.rawValue == header ?? "1")
  }
}

/// The corpus was written by the code before format 2, and is never written anew.
@Suite struct FormatOneTests {
  @Test(arguments: [nil, "1"]) func samplesAreReadAsEver(header: String?) throws {
    for (line, read) in zip(try corpus("format-1/samples"), try corpus("format-1/samples-read")) {
      let sample = try decoded(line, header: header, as: Sample.self)
      #expect(written(sample) == read)
      #expect(sample.format == .one && sample.input.image == nil)
    }
  }

  @Test(arguments: [nil, "1"]) func whatWorkersWroteIsWrittenTheSame(header: String?) throws {
    try expectTheSameAgain("format-1/hard", header: header, as: HardSample.self)
    try expectTheSameAgain("format-1/results", header: header, as: Answer.self)
    try expectTheSameAgain("format-1/rejected", header: header, as: Rejection.self)
  }

  @Test func aLabelsQualityFollowsFromTheTruth() throws {
    for line in try corpus("format-1/results") {
      let answer = try decoded(line, header: nil, as: Answer.self)
      let truth = try JSONParser().parse(line) { $0["true_label"]?.string }
      #expect(answer.quality == truth.map { $0 == answer.reply.text ? .right : .wrong })
    }
  }
}

@Suite struct FormatTwoTests {
  @Test func imagesAndCaptionsTravel() throws {
    try expectTheSameAgain("format-2/samples", header: "2", as: Sample.self)
    try expectTheSameAgain("format-2/hard", header: "2", as: HardSample.self)
    try expectTheSameAgain("format-2/results", header: "2", as: Answer.self)
  }

  @Test func aCaptionHasAQuality() throws {
    let answer = try decoded(corpus("format-2/results")[1], header: "2", as: Answer.self)
    #expect(answer.reply == .caption("a dog on a bench") && answer.quality == Quality(0.625))
    #expect(answer.truth == .captions(["a dog on a bench", "a brown dog sits"]))
    #expect(answer.input.image == .data([0xFF, 0xD8, 0xFF, 0xE0], mediaType: "image/jpeg"))
  }

  @Test func aSmallModelsCaptionTravels() throws {
    let hard = try decoded(corpus("format-2/hard")[2], header: "2", as: HardSample.self)
    #expect(
      hard.predictions.map(\.belief) == [
        .caption("a dog", confidence: 0.25), .caption("a dog \"sits\"", confidence: 0.5),
      ])
    #expect(hard.predictions[0].answer?.reply == .caption("a dog") && hard.predictions[0].distribution == nil)
    let audited = try decoded(corpus("format-2/hard")[3], header: "2", as: HardSample.self)
    #expect(audited.audited == .init(answeredBy: .specific, reply: .caption("a text")))
    // An older worker would take it for one without probabilities.
    #expect(audited.sample.format == .one && audited.format == .two)
    let easy = try decoded(corpus("format-2/results")[3], header: "2", as: Answer.self)
    #expect(easy.answeredBy == .specific && easy.confidence == 0.625 && easy.distribution == nil)
    let large = try decoded(corpus("format-2/results")[4], header: "2", as: Answer.self)
    #expect(
      large.specific?.belief == .caption("a text", confidence: 0.625) && large.audited?.reply == .caption("a text"))
  }

  /// Without a text it is no sample of format 1, whose producers may have an `image` of their own.
  @Test func anImageAloneNeedsNoHeader() throws {
    let image = #""image":{"url":"https://example.org/a.png"}"#
    let alone = try decoded(#"{"id":"1","task":"t",\#(image)}"#, header: nil, as: Sample.self)
    #expect(alone.input.image == .url("https://example.org/a.png", mediaType: nil) && alone.format == .two)
    let own = try decoded(#"{"id":"1","task":"t","text":"x",\#(image)}"#, header: nil, as: Sample.self)
    #expect(own.input == .text("x") && own.format == .one)
  }

  /// A worker that reads format 1 alone reads what it could have written itself.
  @Test func textsAndLabelsAreWrittenInFormatOne() throws {
    let sample = try decoded(#"{"id":"1","task":"t","text":"x","label":"a"}"#, header: "2", as: Sample.self)
    #expect(sample.format == .one)
    #expect(HardSample(sample: sample, predictions: [], routedAt: .now).format == .one)
  }

  @Test(arguments: [
    (#"{"id":"1","task":"t"}"#, "\"text\" and \"image\" are missing"),
    (#"{"id":"1","task":"t","text":""}"#, "\"text\" and \"image\" are missing"),
    (#"{"id":"1","task":"t","image":"cat.png"}"#, "\"image\" is a string (\"cat.png\"); it must be an object"),
    (#"{"id":"1","task":"t","image":{}}"#, "either \"data\", in base64, or \"url\""),
    (#"{"id":"1","task":"t","image":{"data":"AA==","url":"u"}}"#, "either \"data\", in base64, or \"url\""),
    (#"{"id":"1","task":"t","image":{"data":"not base64"}}"#, "\"image.data\" is not base64"),
    (#"{"id":"1","task":"t","image":{"data":"data:image/png;base64,AA=="}}"#, "without \"data:\" before it"),
    (#"{"id":"1","task":"t","image":{"data":"AAAA\nAAAA"}}"#, "without line breaks"),
    (#"{"id":"1","task":"t","image":{"data":"-_8="}}"#, "\"image.data\" is not base64"),
    (#"{"id":"1","task":"t","image":{"data":7}}"#, "\"data\" is a number (7); it must be a string"),
    (#"{"id":"1","task":"t","image":{"data":"","url":""}}"#, "either \"data\", in base64, or \"url\""),
    (#"{"id":"1","task":"t","image":{"data":"AAAAAAAA"}}"#, "\"image.data\" has 6 bytes; at most 5 are read"),
    (#"{"id":"1","task":"t","image":{"url":"u","sha256":"ab"}}"#, "\"image.sha256\" is \"ab\"; it must have 64"),
    (#"{"id":"1","task":"t","image":{"url":"a b"}}"#, "\"image.url\" is \"a b\"; it must be an address"),
    (#"{"id":"1","task":"t","image":{"url":"u","media_type":"\u0000"}}"#, "\"image.media_type\" holds U+0000"),
    (#"{"id":"1","task":"t","text":"x","captions":"a dog"}"#, "\"captions\" is a string"),
    (#"{"id":"1","task":"t","text":"x","captions":["a",1]}"#, "it must be an array of texts"),
    (#"{"id":"1","task":"t","text":"x","captions":["a",""]}"#, "it must be an array of texts"),
    (#"{"id":"1","task":"t","text":"x","captions":["a"," \n"]}"#, "\"captions\": one of them is empty"),
    (#"{"id":"1","task":"t","text":"x","captions":["a\u0000b"]}"#, "\"captions\" holds U+0000"),
    (
      #"{"id":"1","task":"t","text":"x","captions":["\#(String(repeating: "é", count: 1_025))"]}"#,
      "\"captions\": one of them has 2050 bytes (\"éé"
    ),
    (
      #"{"id":"1","task":"t","text":"x","captions":["a"\#(String(repeating: #","\#(String(repeating: "b", count: 2_048))""#, count: 16))]}"#,
      "\"captions\" has 32769 bytes; at most 32768 are read"
    ),
  ])
  func theDoorSaysWhatIsWrong(text: String, reason: String) {
    let error = #expect(throws: JSONError.self) {
      try decoded(text, header: "2", as: Sample.self).check(maximumTextBytes: 100, maximumImageBytes: 5, now: .now)
    }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (#""label":"a""#, "\"reply\" is missing"), (#""reply":{}"#, "\"label\" is missing"),
    (#""reply":{"caption":"a"},"quality":1.5"#, "\"quality\" is 1.5; it must be 0 to 1"),
    (#""reply":{"caption":" "}"#, "\"caption\" is empty"),
    (
      #""reply":{"caption":"a"},"specific":{"model":"specific","version":"v","threshold":1,"caption":"b"}"#,
      "\"confidence\""
    ),
  ])
  func aResultSaysWhatIsWrong(members: String, reason: String) {
    let text =
      #"{"id":"1","task":"t","answered_by":"large","model_version":"m","routed_at":1,"answered_at":2,\#(members)}"#
    let error = #expect(throws: JSONError.self) { try decoded(text, header: "2", as: Answer.self) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func anotherFormatIsNotRead() {
    let error = #expect(throws: JSONError.self) {
      try decoded(#"{"id":"1","task":"t","text":"x"}"#, header: "3", as: Sample.self)
    }
    #expect(error?.description == "format 3 is not known; this version reads formats 1 and 2")
  }
}
