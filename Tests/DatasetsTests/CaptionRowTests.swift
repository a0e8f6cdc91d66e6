import Content
import Foundation
import Testing

@testable import Datasets

@Suite struct CaptionRowTests {
  private func read(
    _ text: String, name: String = "rows.jsonl", _ change: (inout ReadingRules) -> Void = { _ in }
  ) throws -> (rows: [DataRow], tally: RowTally) {
    var rules = ReadingRules()
    rules.badRows = .share(1)
    change(&rules)
    var reader = try DataRows(ByteSource(Array(text.utf8)), size: nil, name: name, rules: rules)
    var rows: [DataRow] = []
    while let row = try reader.next() { rows.append(row) }
    return (rows, reader.tally)
  }

  @Test func aRowsTruthMayBeCaptions() throws {
    let rows = try read(
      """
      {"id": 1, "text": "x", "captions": ["A dog .", "Two dogs ."]}
      {"id": 2, "text": "x", "captions": "a dog"}
      {"id": 3, "text": "x", "label": "dog", "captions": ["a dog"]}
      {"id": 4, "text": "x", "captions": []}
      """
    ).rows
    #expect(
      rows.map(\.truth) == [.captions(["A dog .", "Two dogs ."]), .captions(["a dog"]), .label("dog"), nil])
    let csv = try read("id,text,captions\n1,x,a dog\n2,x,\n", name: "rows.csv").rows
    #expect(csv.map(\.truth) == [.captions(["a dog"]), nil])
  }

  @Test(arguments: [
    (#"{"id": 1, "text": "x"}"#, "\"captions\" is missing or empty"),
    (#"{"id": 1, "text": "x", "captions": [""]}"#, "it must be a list of texts"),
    (#"{"id": 1, "text": "x", "captions": ["a", 1]}"#, "it must be a list of texts"),
    (#"{"id": 1, "text": "x", "captions": {"a": 1}}"#, "\"captions\" is a object"),
  ])
  func captionsThatAreNeededAreThere(row: String, reason: String) throws {
    let refused = try read(row + "\n" + #"{"id": 2, "text": "x", "captions": ["a"]}"#) { $0.needsCaptions = true }
    #expect(refused.rows.map(\.id) == ["2"] && refused.tally.refused == 1)
    #expect(refused.tally.notes.joined().contains(reason), "\(refused.tally.notes)")
  }

  /// A file of labels may have something else under that name.
  @Test func whatARowWithALabelHasThereDoesNotMatter() throws {
    let rows = try read(#"{"id": 1, "text": "x", "label": "a", "captions": {"de": "Hund"}}"#).rows
    #expect(rows.map(\.truth) == [.label("a")])
  }

  @Test func captionsAreWrittenAsTheyAreRead() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    let rows = [DataRow(id: "1", input: .text("x"), captions: ["A \"dog\" .", "é"], number: 1)]
    try DataFile.write(rows, to: file)
    #expect(try DataFile(file).rows() == rows)
    try FileManager.default.removeItem(at: file)
  }

  @Test func idsFollowFromCaptions() {
    let ids = [["a", "b"], ["ab"], []].map {
      DataRow.contentID(.text("x"), label: nil, captions: $0, category: nil)
    }
    #expect(Set(ids).count == 3)
  }
}
