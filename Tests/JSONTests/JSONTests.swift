import Testing

@testable import JSON

@Suite struct JSONParserTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #"{"s":"a\u00e9\n","i":-7,"d":0.25,"b":true,"n":null,"a":[1,2],"o":{"x":"1","y":"2"}}"#
    try JSONParser().parse(text) { root in
      #expect(root["s"]?.string == "aé\n")
      #expect(root["i"]?.integer == -7)
      #expect(root["i"]?.double == -7)
      #expect(root["d"]?.double == 0.25)
      #expect(root["d"]?.integer == nil)
      #expect(root["b"]?.bool == true)
      #expect(root["n"] == nil && root["missing"] == nil)
      var numbers: [Int64?] = []
      root["a"]?.forEachElement { numbers.append($0.integer) }
      #expect(numbers == [1, 2])
      var members: [String] = []
      root["o"]?.forEachMember { members.append($0 + ($1.string ?? "")) }
      #expect(members == ["x1", "y2"])
    }
  }

  @Test(arguments: ["", "{", "nonsense", "{\"a\":}", "[1,2", "{\"a\":1}}", "\u{1}"])
  func refusesWhatIsNotJSON(text: String) throws {
    #expect(throws: JSONError.self) { try JSONParser().parse(text) { $0.kind } }
  }

  @Test func memoryOfALongTextIsGivenBack() throws {
    let parser = try JSONParser()
    for text in ["x", "\u{1}"].map({ "{\"a\":\"\(String(repeating: $0, count: 4 << 20))\"}" }) {
      #expect(try parser.parse(text) { $0["a"]?.utf8?.count } == 4 << 20)
      #expect(parser.capacity <= JSONParser.keptTextBytes)
    }
    #expect(try parser.parse("[1]") { $0.kind } == "array")
  }

  @Test func namesTheFieldThatIsWrong() throws {
    try JSONParser().parse(#"{"id":5,"text":"","label":"a"}"#) { root in
      #expect(throws: JSONError("field \"id\" is a number (5); it must be a string")) { try root.requiredString("id") }
      #expect(throws: JSONError("field \"text\" is empty; it must not be")) { try root.requiredString("text") }
      #expect(throws: JSONError("field \"task\" is missing; it must be a string")) {
        try root.requiredString("task")
      }
      #expect(throws: JSONError.self) { try root.requiredDouble("label") }
    }
  }
}

@Suite struct JSONWriterTests {
  @Test func writesWhatTheParserReads() throws {
    let awkward = "quote \" backslash \\ tab\t line\n bell\u{7} nul\u{0} é 🙂 \u{2028}"
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("text")
    writer.string(awkward)
    writer.key("key \"2\"")
    writer.beginArray()
    for number in [Int64.min, -1, 0, 10, Int64.max] { writer.integer(number) }
    writer.endArray()
    writer.key("third")
    writer.double(1.0 / 3)
    writer.key("flags")
    writer.beginArray()
    writer.bool(true)
    writer.null()
    writer.double(.nan)
    writer.beginObject()
    writer.endObject()
    writer.endArray()
    writer.endObject()
    try writer.bytes.withUnsafeBytes { bytes in
      try JSONParser().parse(bytes) { root in
        #expect(root["text"]?.string == awkward)
        var numbers: [Int64?] = []
        root["key \"2\""]?.forEachElement { numbers.append($0.integer) }
        #expect(numbers == [.min, -1, 0, 10, .max])
        #expect(root["third"]?.double == 1.0 / 3)
        var kinds: [String] = []
        root["flags"]?.forEachElement { kinds.append($0.kind) }
        #expect(kinds == ["boolean", "null", "null", "object"])
      }
    }
  }

  @Test(arguments: [
    (Float(0), "0"), (1, "1"), (0.5, "0.5"), (0.123456, "0.123456"), (0.000001, "0.000001"), (0.0000001, "0"),
    (0.9999999, "1"), (-0.1, "0"), (1.5, "1"), (.nan, "null"), (0.05, "0.05"),
  ])
  func writesProbabilitiesWithSixDecimals(number: Float, text: String) {
    var writer = JSONWriter()
    writer.probability(number)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
  }
}

/// What the writer does in one go where nothing needs an escape, and eight bytes at a time.
@Suite struct JSONWriterStringTests {
  @Test(arguments: 0..<40) func anEscapeIsSeenAtEveryPlace(place: Int) throws {
    for special in ["\"", "\\", "\n", "\u{1}", "\u{1F}", "é", "\u{7F}", "\u{80}"] {
      let text = String(repeating: "a", count: place) + special + String(repeating: "\u{A2}", count: 3)
      var writer = JSONWriter()
      writer.beginArray()
      writer.string(text)
      writer.string("")
      writer.endArray()
      var read: [String?] = []
      try JSONParser().parse(String(decoding: writer.bytes, as: UTF8.self)) { json in
        json.forEachElement { read.append($0.string) }
      }
      #expect(read == [text, ""])
    }
  }

  @Test func probabilitiesHaveSixDecimalsAtMost() {
    var writer = JSONWriter()
    writer.beginArray()
    for number: Float in [0, 1, 0.5, 0.125, 0.000001, 0.0000004, 0.9999999, 2, -1, .nan] { writer.probability(number) }
    for number: Int64 in [0, -7, 1234, .min, .max] { writer.integer(number) }
    writer.endArray()
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == "[0,1,0.5,0.125,0.000001,0,1,1,0,null,0,-7,1234,-9223372036854775808,9223372036854775807]")
  }
}
