import Testing

@testable import JSON

/// What simdjson refuses and other writers put all the same.
@Suite struct JSONMendingTests {
  /// Values of a field that nobody reads.
  @Test(arguments: [
    "18446744073709551616", "-9223372036854775809", "1e309", "-1e309", "1e-400", String(repeating: "9", count: 2_000),
    "0.\(String(repeating: "3", count: 2_000))", "NaN", "-Infinity", "Infinity", #""\ud83d""#, #""\udc00\ud83d""#,
    #""\ud83dx""#, #""\x41 \' \u12g4""#, "\"line\nline\u{1}\"", #"{"a":1,"a":2}"#,
    String(repeating: "[", count: 3_000) + String(repeating: "]", count: 3_000),
    String(repeating: #"{"a":"#, count: 3_000) + "\"]}\"" + String(repeating: "}", count: 3_000),
  ])
  func aFieldThatNobodyReadsMayHoldAnything(value: String) throws {
    for text in [#"{"n":\#(value),"id":"1"}"#, #"{"id":"1","n":[\#(value)]}"#, #"{"id":"1","o":{"n":\#(value)}}"#] {
      let parser = try JSONParser()
      #expect(try parser.parse(text) { $0["id"]?.string } == "1", "\(text.prefix(60))")
    }
  }

  @Test(arguments: [
    ("18446744073709551616", 18_446_744_073_709_551_616.0), ("1e309", Double.greatestFiniteMagnitude),
    ("-1e309", -Double.greatestFiniteMagnitude), ("NaN", Double.greatestFiniteMagnitude), ("1e-400", 0),
  ])
  func numbersBecomeTheNearestThatCanBeRead(text: String, number: Double) throws {
    try JSONParser().parse(#"{"n":\#(text)}"#) { #expect($0["n"]?.double == number && $0["n"]?.integer == nil) }
  }

  /// A text that must be mended leaves the numbers beside it as they are.
  @Test func wholeNumbersStayWhole() throws {
    let text = #"{"a":9223372036854775807,"b":-9223372036854775808,"c":1700000000250,"d":-0,"bad":NaN}"#
    try JSONParser().parse(text) { root in
      #expect(root["a"]?.integer == .max && root["b"]?.integer == .min && root["c"]?.integer == 1_700_000_000_250)
      #expect(root["d"]?.double == 0)
    }
  }

  @Test(arguments: [
    (#"a\ud83d"#, "a\u{FFFD}"), (#"\ud83d\ude00"#, "😀"), (#"\udc00b"#, "\u{FFFD}b"),
    (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
    (#"\q"#, "\u{FFFD}q"), (#"\u00"#, "\u{FFFD}u00"), (#"e\u0301"#, "e\u{301}"),
  ])
  func whatIsNoCharacterIsReplacedAndItsFieldNamed(escaped: String, read: String) throws {
    let parser = try JSONParser()
    #expect(try parser.parse(#"{"id":"1","text":"\#(escaped)","z":NaN}"#) { $0["text"]?.string } == read)
    #expect(parser.replaced == (read.contains("\u{FFFD}") ? ["text"] : []))
    // The next text is looked at for itself.
    _ = try parser.parse("{}") { $0.kind }
    #expect(parser.replaced.isEmpty)
  }

  @Test func bytesThatAreNoUTF8AreReplacedAsSwiftReplacesThem() throws {
    let samples: [[UInt8]] = [
      [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0x80, 0x41], [0xF5, 0x80, 0x80],
    ]
    for sample in samples {
      let bytes = Array("{\"a\":[\"x\"],\"text\":{\"deep\":\"".utf8) + sample + Array("é\"},\"b\":\"ü\"}".utf8)
      let parser = try JSONParser()
      let read = try bytes.withUnsafeBytes { try parser.parse($0) { $0["text"]?["deep"]?.string } }
      #expect(read == String(decoding: sample + Array("é".utf8), as: UTF8.self), "\(sample)")
      #expect(parser.replaced == ["text"])
    }
  }

  @Test(arguments: ["\u{FEFF}{\"id\":\"1\"}", "{\"id\":\"1\"}\0", "\u{FEFF}\n {\"id\":\"1\"} \n\0\0"])
  func marksBeforeAndZerosBehindGo(text: String) throws {
    #expect(try JSONParser().parse(text) { $0["id"]?.string } == "1")
  }

  @Test(arguments: [
    ("", "there is nothing in it"), ("\0\0", "there is nothing in it"), ("{", "ends at byte 1"),
    (#"{"a":"b"#, "ends within a string that begins at byte 5"), (#"{"a" 1}"#, "at byte 5 stands \"1}\", where ':'"),
    (#"{"a":None}"#, "at byte 5 stands \"None}\", where a value should"),
    ("{'a':1}", "a field's name in double quotes"),
    (#"{"a":1,}"#, "at byte 7"), ("[1,]", "at byte 3"), (#"{"a":1]"#, "at byte 6"), (#"{"a":1}{"a":2}"#, "at byte 7"),
    (#"{"a":007}"#, "at byte 5"), (#"{"a":1.}"#, "at byte 5"), (#"{"a":+1}"#, "at byte 5"),
    (#"{"a":--1}"#, "at byte 5"),
    (#"{"a":1 "b":2}"#, "where ',' or the end"), ("[}", "at byte 1"), ("\u{FEFF}x", "at byte 3 stands \"x\""),
    (#"{"a":/*1*/1}"#, "at byte 5"), ("{\"a\":1}\u{1}", "at byte 7"), (#"{1:2}"#, "at byte 1"),
  ])
  func saysWhereItIsNoJSON(text: String, reason: String) throws {
    let error = #expect(throws: JSONError.self) { try JSONParser().parse(text) { $0.kind } }
    #expect(try #require(error).description.hasPrefix("not JSON: "))
    #expect(try #require(error).description.contains(reason), "\(String(describing: error))")
  }

  @Test(
    arguments: [
      (#"{"id":"1","task":"t","text":"abc"#, "1"), (#"{"id":"1","x":[1,{"y":2,"#, "1"), (#"{"id":"1"}}"#, "1"),
      (#"{"id":"1","text":nonsense,"#, "1"), (#"{"text":{"#, nil), ("{", nil), (#"{"id":"1","n":1"#, "1"),
      (#"{"n":\#(String(repeating: "[", count: 3_000)),"id":"1"#, nil),
      (#"{"id":"1","n":\#(String(repeating: "[", count: 3_000))"#, "1"),
    ] as [(String, String?)])
  func theBeginningOfABrokenTextIsRead(text: String, id: String?) throws {
    var text = text
    let read = try text.withUTF8 { try JSONParser().parseBeginning(UnsafeRawBufferPointer($0)) { $0["id"]?.string } }
    #expect(read == id)
  }

  /// Random bytes, and valid texts with a few bytes changed: no crash, and what is mended is JSON.
  @Test func whatIsMendedCanBeParsed() throws {
    var generator = SystemRandomNumberGenerator()
    let parser = try JSONParser()
    let valid = Array(#"{"id":"1","a":[1,2.5e3,{"b":"\ud83d\ude00é"}],"t":true,"n":null}"#.utf8)
    for _ in 0..<3_000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let signs = Array(#"{}[]",:\u0-.eN"#.utf8) + [0, 0x1F, 0x80, 0xE2, 0xFF]
        bytes[Int.random(in: bytes.indices, using: &generator)] = signs.randomElement(using: &generator) ?? 0
      }
      bytes.withUnsafeBytes { text in
        var mending = JSONMending(text)
        do throws(JSONError) {
          try mending.run()
          #expect(throws: Never.self) { try mending.bytes.withUnsafeBytes { try parser.parse($0) { $0.kind } } }
          #expect(parser.replaced.isEmpty)
        } catch {
          #expect(error.description.hasPrefix("not JSON"))
        }
      }
    }
  }
}

@Suite struct TextCutTests {
  @Test(arguments: [
    ("short", "short"), ("0123456789", "0123456789"), ("0123456789a", "0123456…"), ("012345é789", "012345…"),
    ("0123456é89", "0123456…"), ("01234😀789", "01234…"),
    ("a" + String(repeating: "\u{301}", count: 20), "a\u{301}\u{301}\u{301}…"),
  ])
  func bytesAreBoundedAndCharactersWhole(text: String, cut: String) {
    #expect(text.cut(toBytes: 10) == cut)
    #expect(text.cut(toBytes: 10).utf8.count <= 10)
  }
}
