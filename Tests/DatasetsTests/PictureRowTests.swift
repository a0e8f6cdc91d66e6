import Content
import Foundation
import Testing

@testable import Datasets

/// Rows with pictures: in the row as messages have them, or by the path of a file.
@Suite struct PictureRowTests {
  /// 2 × 2 pixels, red and blue.
  private static let red =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg=="
  private static let blue =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAD0lEQVR42mNgYPgPRmAKABf2A/3HkIu0AAAAAElFTkSuQmCC"
  private static let bytes = Array(Data(base64Encoded: red) ?? Data())

  /// Reads a file that stands beside `pictures/dog.png` and the empty `pictures/empty.png`.
  private func read(
    _ text: String, name: String, _ change: (inout ReadingRules) -> Void = { _ in }
  ) throws -> (rows: [DataRow], tally: RowTally) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pictures-\(UUID().uuidString)")
    let pictures = folder.appending(path: "pictures")
    try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    try Data(Self.bytes).write(to: pictures.appending(path: "dog.png"))
    try Data().write(to: pictures.appending(path: "empty.png"))
    try Data(text.utf8).write(to: folder.appending(path: name))
    var rules = ReadingRules()
    rules.badRows = .share(0.5)
    change(&rules)
    return try DataFile(folder.appending(path: name), rules: rules).contents()
  }

  @Test func picturesAreReadInLineAndByPath() throws {
    let image = #"{"media_type": "image/png", "data": "\#(Self.red)"}"#
    let (rows, _) = try read(
      """
      {"id": "1", "image": \(image), "label": "dog"}
      {"id": "2", "image": "pictures/dog.png", "text": "a dog"}
      {"id": "3", "image": {"url": "https://a.example/dog.png"}}
      {"id": "4", "text": "no picture", "image": null}
      """, name: "rows.jsonl")
    #expect(
      rows.map(\.input) == [
        Input(image: .data(Self.bytes, mediaType: "image/png")),
        Input(text: "a dog", image: .data(Self.bytes, mediaType: nil)),
        Input(image: .url("https://a.example/dog.png", mediaType: nil)), .text("no picture"),
      ])
  }

  @Test func aColumnOfPathsNeedsNoText() throws {
    let (rows, _) = try read("id,image,label\n1,pictures/dog.png,dog\n", name: "rows.csv")
    #expect(rows.map(\.input) == [Input(image: .data(Self.bytes, mediaType: nil))])
    let (named, _) = try read("id,photo\n1,pictures/dog.png\n", name: "rows.csv") { $0.fields.image = "photo" }
    #expect(named.map(\.input) == rows.map(\.input))
  }

  /// An address is what is sent, and a picture is still what must be there.
  @Test func picturesGoByReferenceWhereThatIsAsked() throws {
    let (rows, tally) = try read(
      "id,image\n1,pictures/dog.png\n2,./pictures/../pictures/dog.png\n3,pictures/empty.png\n", name: "rows.csv"
    ) { $0.isByReference = true }
    #expect(rows.count == 2 && tally.refused == 1)
    for row in rows {
      guard case .url(let url, let mediaType, nil) = row.input.image else {
        Issue.record("\(row)")
        continue
      }
      #expect(url.hasPrefix("file:///") && url.hasSuffix("/pictures/dog.png") && !url.contains(".."))
      #expect(mediaType == "image/png")
    }
  }

  @Test(arguments: [
    (#"{}"#, #"field "text" is missing or empty, and there is no "image""#),
    (#"{"image": ""}"#, #"field "text" is missing or empty, and there is no "image""#),
    (#"{"image": 7}"#, #"field "image" is a number (7); it must be an object with "data" or "url""#),
    (#"{"image": {}}"#, #"field "image" must have either "data", in base64, or "url""#),
    (#"{"image": {"data": "?"}}"#, #"field "image.data" is not base64"#),
    (#"{"image": "pictures/cat.png"}"#, "pictures/cat.png, which cannot be read: No such file or directory"),
    (#"{"image": "pictures"}"#, "pictures, which is a folder; name a file in it"),
    (#"{"image": "pictures/empty.png"}"#, "pictures/empty.png, which is no picture that can be used: empty"),
    (
      #"{"image": "rows.jsonl"}"#,
      "rows.jsonl, which is no picture that can be used: unknown format: it seems to be a text"
    ),
    (#"{"image": {"data": "AQ=="}}"#, #"field "image" is no picture that can be used: unknown format"#),
    (#"{"image": "a.png", "image": "b.png"}"#, #"field "image" stands in it twice"#),
  ]) func aBadRowIsNamed(row: String, reason: String) throws {
    let tally = try read("{\"text\": \"good\"}\n\(row)\n", name: "rows.jsonl").tally
    let refusal = try #require(tally.refusals.first)
    #expect(refusal.line == 2 && refusal.reason.contains(reason), "\(refusal)")
  }

  @Test func aFileWithNeitherIsRefused() throws {
    let error = #expect(throws: DatasetError.self) { try read("id,body\n1,x\n", name: "rows.csv") }
    #expect(error?.description.contains(#"has no field "text" and no "image"; it has "id", "body""#) == true)
  }

  /// What is the same sample is found by the picture, too; ids of texts are those of before.
  @Test func idsFollowFromThePicture() throws {
    let (rows, _) = try read(
      """
      {"image": {"data": "\(Self.red)"}}
      {"image": {"data": "\(Self.blue)"}}
      {"image": {"data": "\(Self.red)"}, "label": "a"}
      {"text": "a"}
      """, name: "rows.jsonl")
    #expect(Set(rows.map(\.id)).count == 4)
    #expect(rows[3].id == DataRow.contentID(.text("a"), label: nil, captions: [], category: nil))
    let twice =
      "{\"id\": 1, \"image\": {\"data\": \"\(Self.red)\"}}\n{\"id\": 1, \"image\": {\"data\": \"\(Self.blue)\"}}\n"
    #expect(try read(twice, name: "rows.jsonl") { $0.comparesIDs = true }.tally.refused == 1)
  }

  @Test func rowsWithPicturesAreWrittenAsTheyAreRead() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    let rows = [
      DataRow(id: "1", input: Input(image: .data(Self.bytes, mediaType: "image/png")), label: "x", number: 1),
      DataRow(id: "2", input: Input(text: "b", image: .url("file:///b.png", mediaType: nil)), number: 2),
    ]
    try DataFile.write(rows, to: file)
    #expect(try DataFile(file).rows() == rows)
    try FileManager.default.removeItem(at: file)
  }
}
