import Foundation
import Testing

@testable import Datasets

@Suite struct DataFileTests {
  private func rows(_ text: String, isCSV: Bool = false, fields: DataFields = DataFields()) throws -> [DataRow] {
    try DataFile.rows(of: Data(text.utf8), name: "rows", isCSV: isCSV, fields: fields)
  }

  @Test func readsJSONLines() throws {
    let text = """
      {"id": "a", "text": "one", "label": "x", "recorded_llm_answer": null, "more": [1]}

      {"id": 7, "text": "two", "category": "c"}
      {"text": "three"}
      """
    #expect(
      try rows(text) == [
        DataRow(id: "a", text: "one", label: "x"), DataRow(id: "7", text: "two", category: "c"),
        DataRow(id: "4", text: "three"),
      ])
  }

  @Test func emptyTextsAreLeftOutOnlyWhereThatIsAskedFor() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "rows-\(UUID().uuidString).jsonl")
    try Data("{\"text\":\"\"}\n{\"text\":\"a\"}\n".utf8).write(to: file)
    #expect(try DataFile(file).rowsWithText().map(\.text) == ["a"])
    #expect(throws: DatasetError.self) { try DataFile(file).rows() }
    try FileManager.default.removeItem(at: file)
  }

  @Test func readsCSVWithQuotedCells() throws {
    var fields = DataFields()
    fields.text = "body"
    let text = "body,label\n\"a \"\"quoted\"\", text\nin two lines\",x\nplain,\n"
    #expect(
      try rows(text, isCSV: true, fields: fields) == [
        DataRow(id: "2", text: "a \"quoted\", text\nin two lines", label: "x"), DataRow(id: "3", text: "plain"),
      ])
  }

  @Test(arguments: [
    ("{\"text\":\"a\"}\nnonsense", "rows, line 2"), ("{\"id\":\"a\"}", "\"text\" is missing"),
    ("{\"text\":[]}", "\"text\" is a array"), ("[1]", "must be an object"),
  ])
  func namesTheLineThatIsWrong(text: String, reason: String) throws {
    let error = #expect(throws: DatasetError.self) { try rows(text) }
    #expect(try #require(error).description.contains(reason))
  }

  @Test func aCSVWithoutTheColumnSaysWhichThereAre() throws {
    let error = #expect(throws: DatasetError.self) { try rows("a,b\n1,2\n", isCSV: true) }
    #expect(try #require(error).description.contains("it has a, b"))
  }
}

@Suite struct DebianSectionsTests {
  @Test func keepsLargeSectionsAndDropsRepeats() {
    func stanza(_ name: String, _ section: String, _ description: String) -> String {
      "Package: \(name)\nSection: \(section)\nDescription: \(description)\n more text\nTag: x\n\n"
    }
    let games = (0..<100).map { stanza("game\($0)", "contrib/games", "game number \($0)") }.joined()
    let dump =
      games + stanza("again", "games", "game number 1") + stanza("few", "zope", "few of these")
      + stanza("dbg", "debug", "symbols") + "Package: empty\nSection: games\n\n"
    let rows = DebianSections.rows(of: dump)
    #expect(rows.count == 100)
    #expect(rows.labels == ["games"])
    #expect(rows.first == DataRow(id: "game0", text: "game number 0", label: "games"))
  }
}

@Suite struct SplitTests {
  private let rows = (0..<30).map { DataRow(id: "\($0)", text: "t", label: "\($0 % 3)") }

  @Test func shufflesBySeed() {
    #expect(rows.shuffled(seed: 1) == rows.shuffled(seed: 1))
    #expect(rows.shuffled(seed: 1) != rows.shuffled(seed: 2))
    #expect(Set(rows.shuffled(seed: 1).map(\.id)) == Set(rows.map(\.id)))
  }

  @Test func splitsPerLabel() {
    let (taken, others) = rows.split(perLabel: 4)
    #expect(taken.count == 12 && others.count == 18)
    #expect(Dictionary(grouping: taken, by: \.label).values.allSatisfy { $0.count == 4 })
  }
}
