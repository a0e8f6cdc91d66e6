import Content
import JSON
import Messages
import Testing

@Suite struct GoldLabelTests {
  private func read(_ text: String) throws -> GoldLabel {
    try JSONParser().parse(text) { try GoldLabel(json: $0) }
  }

  @Test(arguments: [
    #"{"id":"1","task":"t","label":"a"}"#,
    #"{"id":"1","task":"t","label":"a","by":"anna","labelled_at":1764000000000}"#,
    #"{"id":"1","task":"t","captions":["a dog","two dogs"],"by":"anna"}"#,
  ])
  func isWrittenAsItIsRead(text: String) throws {
    var writer = JSONWriter()
    try read(text).write(to: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
  }

  @Test func aTimeMayBeATextOrSeconds() throws {
    let moment = Timestamp(milliseconds: 1_764_000_000_000)
    for time in [#""2025-11-24T16:00:00Z""#, "1764000000", "1764000000000"] {
      #expect(try read(#"{"id":"1","task":"t","label":"a","labelled_at":\#(time),"unknown":[1]}"#).labelledAt == moment)
    }
  }

  @Test(arguments: [
    (#"{"task":"t","label":"a"}"#, "\"id\" is missing"), (#"{"id":"1","label":"a"}"#, "\"task\" is missing"),
    (#"{"id":"1","task":"t"}"#, "\"label\" and \"captions\" are missing or empty"),
    (#"{"id":"1","task":"t","label":""}"#, "are missing or empty"),
    (#"{"id":"1","task":"t","label":7}"#, "\"label\" is a number"),
    (#"{"id":"1","task":"t","captions":"a dog"}"#, "it must be an array of texts"),
    (#"{"id":"1","task":"t","captions":[]}"#, "are missing or empty"),
    (#"{"id":"1","task":"t","label":"a","by":7}"#, "\"by\" is a number"),
    (#"{"id":"1","task":"t","label":"a","labelled_at":"yesterday"}"#, "no time"),
    (#"["1"]"#, "one label a message"),
  ])
  func namesTheFieldThatIsWrong(text: String, reason: String) throws {
    let error = #expect(throws: JSONError.self) { try read(text) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (GoldLabel(id: String(repeating: "i", count: 600), task: "t", truth: .label("a")), "\"id\" has 600 bytes"),
    (GoldLabel(id: "1\0", task: "t", truth: .label("a")), "U+0000"),
    (GoldLabel(id: "1", task: "t", truth: .label(String(repeating: "l", count: 600))), "\"label\" has 600 bytes"),
    (GoldLabel(id: "1", task: "t", truth: .captions([" "])), "\"captions\": one of them is empty"),
    (
      GoldLabel(id: "1", task: "t", truth: .label("a"), by: String(repeating: "b", count: 600)), "\"by\" has 600 bytes"
    ),
    (
      GoldLabel(id: "1", task: "t", truth: .label("a"), labelledAt: Timestamp(milliseconds: 1_764_200_000_000)),
      "more than a day ahead"
    ),
  ])
  func refusesWhatCouldNotBeStored(label: GoldLabel, reason: String) throws {
    let now = Timestamp(milliseconds: 1_764_000_000_000)
    let error = #expect(throws: JSONError.self) { try label.check(now: now) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    #expect(throws: JSONError.self) {
      try GoldLabel(id: "1", task: "t", truth: .label("a")).check(replaced: ["label"], now: now)
    }
  }
}
