import Foundation
import Testing

@testable import Datasets

@Suite struct DataFileTests {
  private struct Outcome: Equatable {
    var rows: [String] = []
    var notes: [String] = []
    var error: String?
  }

  /// Reads a case in pieces of so many bytes.
  private func outcome(of file: FileCase, pieces: Int) -> Outcome {
    var outcome = Outcome()
    do throws(DatasetError) {
      var rest = file.bytes[...]
      let source: ByteSource
      do throws(DatasetError) {
        source = try ByteSource { (_) throws(DatasetError) in
          defer { rest = rest.dropFirst(pieces) }
          return Array(rest.prefix(pieces))
        }
      } catch {
        throw error.named(file.name)
      }
      var rows = try DataRows(source, size: nil, name: file.name, rules: file.rules)
      defer { outcome.notes = rows.tally.notes }
      while let row = try rows.next() { outcome.rows.append(FileCase.written(row)) }
    } catch {
      outcome.error = error.description
    }
    return outcome
  }

  @Test(arguments: FileCase.all)
  func whatIsReadAndWhatIsTold(file: FileCase) {
    let outcome = outcome(of: file, pieces: 1 << 16)
    if let error = file.error {
      #expect(outcome.error?.contains(error) == true, "\(outcome)")
    } else {
      #expect(outcome.error == nil)
      #expect(outcome.rows == file.rows)
      #expect(outcome.notes.count == file.notes.count, "\(outcome.notes)")
      for (found, part) in zip(outcome.notes, file.notes) { #expect(found.contains(part)) }
    }
  }

  /// Wherever a piece of the file ends, the same is read.
  @Test(arguments: FileCase.all)
  func inAnyPieces(file: FileCase) {
    for pieces in [1, 2, 3, 7] {
      #expect(outcome(of: file, pieces: pieces) == outcome(of: file, pieces: 1 << 16))
    }
  }

  @Test func filesAreReadPlainAndCompressed() throws {
    try withFolder { folder in
      let file = folder.appending(path: "rows.csv")
      try Data("id,text\n1,hello\n2,bye\n".utf8).write(to: file)
      #expect(try DataFile(file).rows().map(\.input.text) == ["hello", "bye"])
      let gzip = Process()
      gzip.executableURL = URL(filePath: "/usr/bin/env")
      gzip.arguments = ["gzip", file.path]
      try gzip.run()
      gzip.waitUntilExit()
      let compressed = folder.appending(path: "rows.csv.gz")
      #expect(try DataFile(compressed).rows().map(\.input.text) == ["hello", "bye"])
      // Two members are one text; the second file's header is left out.
      let member = try Data(contentsOf: compressed)
      try (member + member + Data([0, 0])).write(to: compressed)
      #expect(try DataFile(compressed).rows().map(\.number) == [1, 2, 3, 4])
      try member.dropLast(9).write(to: compressed)
      let error = #expect(throws: DatasetError.self) { try DataFile(compressed).rows() }
      #expect(error?.description == "rows.csv.gz its gzip ends in the middle: the file is cut; copy it again")
    }
  }

  @Test(arguments: [("", "is a folder"), ("nowhere.csv", "cannot be read: No such file")])
  func whatIsNoFileIsRefused(name: String, reason: String) throws {
    try withFolder { folder in
      let error = #expect(throws: DatasetError.self) { try DataFile(folder.appending(path: name)).rows() }
      #expect(error?.description.contains(reason) == true)
    }
  }

  @Test func emptyTextsAreLeftOutOnlyWhereThatIsAskedFor() throws {
    try withFolder { folder in
      let file = folder.appending(path: "rows.jsonl")
      try Data("{\"text\":\"\"}\n{\"text\":\"a\"}\n".utf8).write(to: file)
      #expect(try DataFile(file).filledRows().map(\.input.text) == ["a"])
      #expect(throws: DatasetError.self) { try DataFile(file).rows() }
    }
  }

  @Test func rowsAreWrittenAsTheyAreRead() throws {
    try withFolder { folder in
      let rows = [DataRow(id: "1", text: "a \"b\"\n", label: "x", category: "y", number: 1)]
      let file = folder.appending(path: "rows.jsonl")
      try DataFile.write(rows, to: file)
      #expect(try DataFile(file).rows() == rows)
    }
  }

  /// An open quote on every line, which each following one closes: no byte is looked at more than twice.
  @Test(arguments: ["1,\"a,x\n", "1,\"a\"\"b,x\n", "1,a\"b,x\n", "1,\"\"\"\n", "1,\"\"\"\"a\n", "\"\n"])
  func brokenQuotesTakeLinearTime(line: String) throws {
    for count in [1000, 2000] {
      let bytes = Array(String(repeating: line, count: count).utf8)
      let records = DelimitedRecords(try ByteSource(bytes), separator: .comma)
      while try records.next() != nil {}
      #expect(records.examined <= 2 * bytes.count)
    }
  }

  /// What is done with is let go.
  @Test func memoryDoesNotGrowWithTheFile() throws {
    var pieces = 2000
    let source = try ByteSource { (count) throws(DatasetError) in
      pieces -= 1
      return pieces == 0 ? [] : Array("1,some text that goes on and on,label\n".utf8)
    }
    let records = DelimitedRecords(source, separator: .comma)
    var largest = 0
    while try records.next() != nil { largest = max(largest, source.bytes.count) }
    #expect(largest < 1000)
  }
}

private func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try body(folder)
  try FileManager.default.removeItem(at: folder)
}

@Suite struct RowIdentityTests {
  private func read(_ text: String, _ change: (inout ReadingRules) -> Void = { _ in }) throws -> ([DataRow], RowTally) {
    var rules = ReadingRules()
    rules.comparesIDs = true
    rules.badRows = .share(0.5)
    change(&rules)
    var (rows, read) = (try DataRows(ByteSource(Array(text.utf8)), size: nil, name: "f", rules: rules), [DataRow]())
    while let row = try rows.next() { read.append(row) }
    return (read, rows.tally)
  }

  /// Two files without ids: line numbers would have made one sample of two.
  @Test func idsFollowFromWhatRowsSay() throws {
    let (first, second) = (try read("text,label\na,x\nb,x\n").0, try read("text,label\nc,x\na,x\n").0)
    #expect(first[0].id == second[1].id)
    #expect(Set((first + second).map(\.id)).count == 3)
    // Another label is another row, and nothing runs into its neighbour.
    let ids = try read("text,label,category\na,x,\na,,x\na,,\nax,,\n").0.map(\.id)
    #expect(Set(ids).count == 4)
  }

  @Test func theSameRowTwiceIsOneSample() throws {
    let (rows, tally) = try read("text\na\nb\na\n")
    #expect(rows.map(\.input.text) == ["a", "b"])
    #expect(tally.notes == ["1 rows repeat an earlier one and are left out"])
  }

  @Test func anIDThatIsTakenIsTold() throws {
    let (rows, tally) = try read("id,text\n7,a\n7,b\n7,a\n")
    #expect(rows.map(\.input.text) == ["a"])
    #expect(tally.repeats == 1)
    #expect(
      tally.refusals.map(\.description) == [
        "row 2, line 3: its id \"7\" is row 1's, which says something else; name another --id-field, or a --run"
      ])
  }

  @Test func aColumnThatNamesNothingRefusesTheFile() {
    let customers = "id,text\n" + (0..<100).map { "\($0 % 3),text \($0)\n" }.joined()
    let error = #expect(throws: DatasetError.self) { try read(customers) { $0.badRows = .share(0.01) } }
    #expect(error?.description.contains("97 of 100 rows refused") == true)
  }

  @Test func aRunNamesEachRow() throws {
    let (rows, _) = try read("id,text\n7,a\n7,b\n7,a\n") { $0.run = "monday" }
    #expect(rows.map(\.id) == ["monday-1", "monday-2", "monday-3"])
  }

  @Test func pastItsRoomTheLedgerSaysThatItForgets() {
    var ledger = IDLedger(capacity: 1)
    #expect(ledger.enter(DataRow(id: "1", text: "a", number: 1)) == .new)
    #expect(ledger.enter(DataRow(id: "2", text: "a", number: 2)) == .forgotten)
    #expect(ledger.enter(DataRow(id: "1", text: "b", number: 3)) == .taken(row: 1))
  }

  @Test(arguments: [
    ("1%", 1, 1), ("1%", 1000, 10), ("0%", 1000, 0), ("3", 1000, 3), ("2.5%", 1000, 25), ("100%", 7, 7),
  ])
  func badRowsAreAShareOrACount(text: String, rows: Int, allowed: Int) throws {
    #expect(try #require(BadRows(text)).allowed(of: rows) == allowed)
  }

  @Test(arguments: ["", "%", "-1", "101%", "1.5", "nan%", "one"])
  func badBadRowsAreRefused(text: String) { #expect(BadRows(text) == nil) }
}
