import JSON
import Messages
import Testing

/// What the door lets through, and what it says of the rest.
@Suite struct SampleRulesTests {
  private let now = Timestamp(milliseconds: 1_795_794_211_000)

  private func read(_ bytes: [UInt8]) throws -> Sample {
    let decoder = try MessageDecoder()
    return try bytes.withUnsafeBytes { value in
      var sample = try decoder.decode(value, as: Sample.self)
      try sample.note(replaced: decoder.replacedFields)
      try sample.check(maximumTextBytes: 1_000, now: now)
      return sample
    }
  }

  private func reason(_ bytes: [UInt8]) -> String {
    do { return "none: \(try read(bytes))" } catch { return "\(error)" }
  }

  /// The same moment in all units and forms.
  @Test(arguments: [
    "1795794211", "1795794211.0", "1795794211000", "1795794211000.4", "1795794211000000", "1795794211000000000",
    "1.795794211e9", "1.795794211e12", #""2026-11-27T15:43:31Z""#, #""2026-11-27T15:43:31.000Z""#,
    #""2026-11-27T16:43:31+01:00""#, #""2026-11-27T15:43:31.000000Z""#, #""2026-11-27T15:43:31.000000000Z""#,
    #""2026-11-27T15:43:31.000000+00:00""#,
  ])
  func aTimeIsReadInWhateverUnit(time: String) throws {
    let sample = try read(Array(#"{"id":"1","task":"t","text":"x","produced_at":\#(time)}"#.utf8))
    #expect(sample.producedAt == now)
  }

  @Test func aTimeWithAFractionKeepsItsMilliseconds() throws {
    let sample = try read(Array(#"{"id":"1","task":"t","text":"x","produced_at":1700000000.25}"#.utf8))
    #expect(sample.producedAt == Timestamp(milliseconds: 1_700_000_000_250))
  }

  /// What a reader made of it, it makes of it again: times travel on in milliseconds.
  @Test(arguments: [100_000_000, 99_999_999_999, 100_000_000_000, 99_999_999_999_999, 100_000_000_000_000] as [Int64])
  func aTimeThatWasReadIsReadTheSameAgain(number: Int64) throws {
    func read(_ number: Int64) throws -> Timestamp? {
      try JSONParser().parse(#"{"id":"1","task":"t","text":"x","produced_at":\#(number)}"#) {
        try Sample(json: $0).producedAt
      }
    }
    let first = try #require(try read(number))
    #expect(try read(first.milliseconds) == first)
  }

  @Test(arguments: [
    "0", "-1", "-1795794211000", "12", "99999999", "1e30", "1e309", "18446744073709551616", "NaN", "true", "{}",
    #""yesterday""#, #""1795794211""#, #""2026-11-27T15:43:31""#, #""2026-11-27""#, #""""#, #""1969-07-20T20:17:40Z""#,
    "4102444800", "1795900000000", "9000000000000000000",
  ])
  func whatIsNoTimeIsRefused(time: String) {
    let reason = reason(Array(#"{"id":"1","task":"t","text":"x","produced_at":\#(time)}"#.utf8))
    #expect(reason.hasPrefix("field \"produced_at\" is "), "\(reason)")
  }

  @Test(arguments: ["id", "task"]) func keysHoldNothingThatCannotBeToldApart(name: String) {
    let long = String(repeating: "é", count: 300)
    for (value, reason) in [
      (#"a\u0000b"#, "U+0000"), (#"a\ud83d"#, "lone surrogate"), (#"\q"#, "wrong escape"), ("", "is empty"),
      (long, "has 600 bytes (\"éé"),
    ] {
      let keys = ["id": "1", "task": "t"].merging([name: value]) { $1 }
      let text = #"{"id":"\#(keys["id"] ?? "")","task":"\#(keys["task"] ?? "")","text":"x"}"#
      let found = self.reason(Array(text.utf8))
      #expect(found.contains("field \"\(name)\"") && found.contains(reason), "\(found)")
    }
  }

  @Test(arguments: [
    (#""category":"\#(String(repeating: "c", count: 513))""#, "field \"category\" has 513 bytes"),
    (#""label":"\#(String(repeating: "c", count: 513))""#, "field \"label\" has 513 bytes"),
    (#""label":"\ud83d""#, "field \"label\" holds a lone surrogate"),
    (#""captions":["\ud83d"]"#, "field \"captions\" holds a lone surrogate"), (#""category":7"#, "is a number (7)"),
    (#""category":NaN"#, "field \"category\" is a number"), (#""label":["a"]"#, "field \"label\" is a array"),
  ])
  func otherFieldsAreChecked(member: String, reason: String) {
    #expect(self.reason(Array(#"{"id":"1","task":"t","text":"x",\#(member)}"#.utf8)).contains(reason))
  }

  @Test func whatHasNoValueIsNotThere() throws {
    let sample = try read(Array(#"{"id":"1","task":"t","text":"x","category":"","label":"","produced_at":null}"#.utf8))
    #expect(sample == Sample(id: "1", task: "t", text: "x"))
  }

  @Test(arguments: [
    (#""text":"a\ud83d""#, true), (#""text":"a","category":"\ud83d""#, true), (#""text":"a","user":"\ud83d""#, false),
    (#""text":"a\ufffd""#, false), (#""text":"a\ufffd","user":"\ud83d""#, false),
    (#""text":"a","replaced":"yes""#, false),
  ])
  func whatWasReplacedIsMarkedAndTravels(members: String, isMarked: Bool) throws {
    let sample = try read(Array(#"{"id":"1","task":"t",\#(members)}"#.utf8))
    #expect(sample.hasReplacedText == isMarked)
    let hard = HardSample(sample: sample, predictions: [], routedAt: now)
    var writer = JSONWriter()
    hard.write(to: &writer)
    let again = try writer.bytes.withUnsafeBytes { try JSONParser().parse($0) { try HardSample(json: $0) } }
    #expect(again == hard)
  }
}

/// What producers send instead of a sample's JSON.
@Suite struct ForeignFormatTests {
  private static let json = #"{"id":"1","task":"t","text":"x"}"#
  private static let framed: [UInt8] = [0, 0, 0, 0, 17]

  static let bytes: [(bytes: [UInt8], name: String, remedy: String)] = [
    (
      framed + Array(json.utf8), "schema registry (byte 0, schema 17) and probably JSON Schema",
      "without a schema registry"
    ),
    (framed + [2, 0x31, 2, 0x74], "probably Avro or Protobuf", "plain JSON"),
    ([3, 0] + [UInt8](repeating: 7, count: 16) + Array(json.utf8), "AWS Glue", "plain JSON"),
    ([3, 5] + [UInt8](repeating: 7, count: 16) + [0x78, 0x9C], "AWS Glue", "plain JSON"),
    (Array("Obj".utf8) + [1, 4, 0x16], "Avro object container", "plain JSON"),
    ([0xC3, 1] + [UInt8](repeating: 7, count: 12), "Avro in its single-object encoding", "plain JSON"),
    ([0x1F, 0x8B, 8, 0], "gzip", "compression.type"), ([0x28, 0xB5, 0x2F, 0xFD, 0], "zstd", "compression.type"),
    ([0x78, 0x9C, 3], "zlib", "compression.type"), ([0x83, 0xA2, 0x69, 0x64], "MessagePack", "plain JSON"),
    ([0xA3, 0x62, 0x69, 0x64], "CBOR", "plain JSON"), ([0x80, 4, 0x95, 0, 0x2E], "pickled", "plain JSON"),
    (Array("<sample id=\"1\"/>".utf8), "XML", "plain JSON"), (Array("1,t,a text".utf8), "commas", "shunt produce"),
    (Array("1;t;a text\n".utf8), "semicolons", "shunt produce"), (Array("1\tt\ta text".utf8), "tabs", "shunt produce"),
    ([0xFF, 0xFE] + json.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), 0] }, "UTF-16", "UTF-8"),
    (json.utf16.flatMap { [0, UInt8(truncatingIfNeeded: $0)] }, "UTF-16", "UTF-8"),
    (json.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), 0] }, "UTF-16", "UTF-8"),
    (Array("eyJpZCI6IjEifQ==".utf8), "base64", "plain JSON"), ([], "empty", "JSON object"),
    (Array("  \n".utf8), "empty", "JSON object"), ([1, 2, 3], "binary", "plain JSON"),
    ([0x0A, 1, 0x31, 0x12, 1, 0x74], "binary", "plain JSON"),
    (Array("{\"id\":".utf8), "not JSON", "ends at byte"), (Array("hello".utf8), "not JSON", "\"hello\""),
    (Array("\(json)\n\(json)".utf8), "not JSON", "nothing more"),
    (Array("{'id': 'x', 'text': None}".utf8), "not JSON", "double quotes"),
    (Array("[\(json)]".utf8), "JSON array", "one sample a message"), (Array("17".utf8), "JSON number", "object"),
    (Array(#""{\"id\":\"1\"}""#.utf8), "JSON within a JSON string", "the object itself"),
    (Array(#"{"schema":{},"payload":\#(json)}"#.utf8), "Kafka Connect", "schemas.enable=false"),
    (Array(#"{"before":null,"after":\#(json),"op":"c"}"#.utf8), "Debezium", "ExtractNewRecordState"),
    (Array(#"{"specversion":"1.0","id":"e","data":\#(json)}"#.utf8), "CloudEvents", "\"data\""),
    (Array(#"{"value":\#(json)}"#.utf8), "an envelope", "\"value\""),
    (Array(#"{"ID":"1","task":"t","text":"x"}"#.utf8), "field \"id\" is missing", "must be a string"),
  ]

  @Test(arguments: bytes.indices) func aReasonNamesItAndWhatToDo(index: Int) throws {
    let (bytes, name, remedy) = Self.bytes[index]
    let decoder = try MessageDecoder()
    let error = #expect(throws: JSONError.self) {
      try bytes.withUnsafeBytes { value throws(JSONError) in
        try decoder.decode(value, as: Sample.self)
      }
    }
    let reason = try #require(error).description
    #expect(reason.contains(name) && reason.contains(remedy), "\(reason)")
  }

  /// A sample of which another field is wrong is no envelope, whatever fields its producer adds.
  @Test func aSampleWithFieldsOfAnEnvelopeIsASample() throws {
    let decoder = try MessageDecoder()
    let text =
      #"{"id":"1","task":"t","text":"x","schema":1,"payload":{"text":"y","id":"2"},"op":"c","after":{},"data":[]}"#
    let sample = try Array(text.utf8).withUnsafeBytes { value throws(JSONError) in
      try decoder.decode(value, as: Sample.self)
    }
    #expect(sample == Sample(id: "1", task: "t", text: "x"))
  }
}

@Suite struct RejectedKeysTests {
  @Test(
    arguments: [
      (#"{"id":"1","task":"t","text":7}"#, "1", "t"), (#"{"id":"1","task":"t","text":"cut"#, "1", "t"),
      (#"{"id":"1","task":"t","text":None,"x":1}"#, "1", "t"), (#"{"n":NaN,"id":"1","task":"t"}"#, "1", "t"),
      (#"{"id":17,"task":"t","text":"x"}"#, "17", "t"), (#"{"task":"t"}"#, nil, "t"), (#"{"id":null}"#, nil, nil),
      (#"{"id":{"a":1},"task":"t"}"#, nil, "t"), (#"{"sample":{"id":"1","task":"t","text":""},"x":1}"#, "1", "t"),
      (#"{"schema":{},"payload":{"id":"1","task":"t"}}"#, "1", "t"),
      (#"{"payload":{"after":{"id":"1","task":"t"}}}"#, "1", "t"), ("\u{FEFF}{\"id\":\"1\",\"task\":\"t\"", "1", "t"),
      ("\0\0\0\0\u{11}{\"id\":\"1\",\"task\":\"t\"}", "1", "t"), ("nonsense", nil, nil), ("", nil, nil),
      ("[1]", nil, nil),
      (#"{"id":"\ud83d","task":"t"}"#, "\u{FFFD}", "t"),
    ] as [(String, String?, String?)])
  func areReadWhateverElseIsWrong(text: String, id: String?, task: String?) throws {
    let decoder = try MessageDecoder()
    let keys = Array(text.utf8).withUnsafeBytes { decoder.keys(of: $0) }
    #expect(keys.id == id && keys.task == task)
  }

  @Test func areCut() throws {
    let text = #"{"id":"\#(String(repeating: "é", count: 5_000))","task":"t"}"#
    let decoder = try MessageDecoder()
    let keys = Array(text.utf8).withUnsafeBytes { decoder.keys(of: $0) }
    #expect(try #require(keys.id).utf8.count <= Sample.longestKey)
  }
}
