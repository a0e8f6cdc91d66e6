import Content
import Foundation
import JSON
import Messages

/// A file of rows: JSON Lines, a JSON array, or CSV with a header line (commas, semicolons, tabs or pipes), plain or
/// gzip, in UTF-8.
public struct DataFile: Sendable {
  private let path: String?
  private let rules: ReadingRules
  private var pictures: PictureFiles {
    PictureFiles(folder: path.map { URL(fileURLWithPath: $0).deletingLastPathComponent() } ?? .currentDirectory())
  }

  /// A file.
  public init(_ url: URL, rules: ReadingRules = ReadingRules()) {
    path = url.path
    self.rules = rules
  }

  private init(path: String?, rules: ReadingRules) {
    self.path = path
    self.rules = rules
  }

  /// The rows that come by standard input.
  public static func standardInput(rules: ReadingRules) -> DataFile { DataFile(path: nil, rules: rules) }

  /// Whether it can be read only once: standard input, or a pipe.
  public var isStream: Bool { path.map { !OpenFile.isRegular($0) } ?? true }

  /// What errors call it.
  public var name: String { path.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "standard input" }

  /// Begins to read.
  /// - Parameters:
  ///   - isOnlyPass: whether rows are used as they come: then fields that are required must stand in the first row, and
  ///     reading ends once it is hopeless.
  ///   - onRefusal: called with each row that is refused.
  /// - Throws: `DatasetError` where it cannot be read, or its header lacks what is needed.
  public func open(
    isOnlyPass: Bool = false, onRefusal: @escaping (RowTally.Refusal) -> Void = { _ in }
  ) throws(DatasetError) -> DataRows {
    let file: OpenFile
    do throws(DatasetError) {
      file = if let path { try OpenFile(path: path) } else { try OpenFile.standardInput() }
    } catch {
      throw error.named(path ?? name)
    }
    do throws(DatasetError) {
      return try DataRows(
        ByteSource(file), size: file.size, name: name, rules: rules, pictures: pictures, isOnlyPass: isOnlyPass,
        onRefusal: onRefusal)
    } catch {
      throw error.named(name)
    }
  }

  /// All good rows, and what became of the others.
  /// - Throws: `DatasetError` where it cannot be read, or more rows are bad than the rules allow.
  public func contents() throws(DatasetError) -> (rows: [DataRow], tally: RowTally) {
    var (reader, rows) = (try open(), [DataRow]())
    while let row = try reader.next() { rows.append(row) }
    return (rows, reader.tally)
  }

  /// All rows.
  /// - Throws: as `contents()`.
  public func rows() throws -> [DataRow] { try contents().rows }

  /// All rows but those that are empty, which nothing can be learnt from; for data sets that have such rows.
  public func filledRows() throws -> [DataRow] {
    var rules = rules
    rules.leavesOutEmptyRows = true
    return try DataFile(path: path, rules: rules).rows()
  }

  /// Writes rows as JSON Lines that `rows()` reads.
  public static func write(_ rows: [DataRow], to url: URL) throws {
    var data = Data()
    var writer = JSONWriter()
    for row in rows {
      writer.removeAll()
      writer.beginObject()
      let fields = DataFields()
      for (key, value) in [
        (fields.id, row.id), (fields.text, row.input.text), (fields.label, row.label),
        (fields.category, row.category), (fields.recordedAnswer, row.recordedAnswer),
      ] {
        guard let value else { continue }
        writer.key(key)
        writer.string(value)
      }
      if let image = row.input.image {
        writer.key("image")
        image.write(to: &writer)
      }
      if !row.captions.isEmpty {
        writer.key("captions")
        writer.beginArray()
        for caption in row.captions { writer.string(caption) }
        writer.endArray()
      }
      writer.endObject()
      data.append(contentsOf: writer.bytes)
      data.append(UInt8(ascii: "\n"))
    }
    try data.write(to: url, options: .atomic)
  }
}

/// The rows of a file, one after the other.
public struct DataRows {
  /// The file's size in bytes, before it is inflated; `nil` where that is not known.
  public let size: Int?
  private let source: ByteSource
  private let name: String
  private let rules: ReadingRules
  private let pictures: PictureFiles
  private let isOnlyPass: Bool
  private var reader: RowReader
  private var ledger = IDLedger()

  /// What became of the rows so far.
  public var tally: RowTally { reader.tally }
  /// Whether the next row has still to be written by somebody.
  public var mustWait: Bool { source.mustWait }
  /// How much of `size` is read.
  public var bytesRead: Int { source.bytesRead }

  init(
    _ source: ByteSource, size: Int?, name: String, rules: ReadingRules,
    pictures: PictureFiles = PictureFiles(folder: .currentDirectory()), isOnlyPass: Bool = false,
    onRefusal: @escaping (RowTally.Refusal) -> Void = { _ in }
  ) throws(DatasetError) {
    (self.source, self.size, self.name, self.rules, self.pictures) = (source, size, name, rules, pictures)
    self.isOnlyPass = isOnlyPass
    reader = try RowReader(
      source, fields: rules.readFields,
      structured: .init(image: rules.fields.image, captions: rules.fields.captions),
      format: rules.format ?? FileFormat(name: name),
      separator: rules.separator, mustBeInFirst: isOnlyPass, onRefusal: onRefusal)
  }

  /// The next good row; `nil` at the end.
  /// - Throws: `DatasetError` where nothing more can be read, and at the end where the file as a whole is refused.
  public mutating func next() throws(DatasetError) -> DataRow? {
    do throws(DatasetError) {
      while let raw = try reader.next() {
        if let row = row(raw) { return row }
        if isOnlyPass, tally.isHopeless(rules.badRows) { break }
      }
      try tally.check(rules.badRows)
      return nil
    } catch {
      throw error.named(name)
    }
  }

  /// - Returns: `nil` for a row that is refused or left out.
  private mutating func row(_ raw: RowReader.Row) -> DataRow? {
    let (label, category, number) = (raw.values[2], raw.values[3], tally.rows)
    let (input, captions): (Input, [String])
    do throws(DatasetError) {
      guard let found = try self.input(raw) else { return nil }
      (input, captions) = (found, try rules.captions(raw, hasLabel: label != nil))
      if let problem = rules.problem(withLabel: label) { throw DatasetError(problem) }
    } catch {
      reader.refuse(error.description, line: raw.line)
      return nil
    }
    let id =
      rules.run.map { "\($0)-\(number)" } ?? raw.values[0].flatMap { $0.isEmpty ? nil : $0 }
      ?? DataRow.contentID(input, label: label, captions: captions, category: category)
    let row = DataRow(
      id: id, input: input, label: label, captions: captions, category: category, recordedAnswer: raw.values[4],
      number: number)
    return rules.comparesIDs ? unique(row, line: raw.line) : row
  }

  /// - Returns: `nil` for a row that is left out because there is nothing in it.
  /// - Throws: `DatasetError` for a row without what it is to have, or whose picture's file cannot be read.
  private func input(_ raw: RowReader.Row) throws(DatasetError) -> Input? {
    if rules.isTruthAlone {
      guard raw.values[0]?.isEmpty == false else {
        throw DatasetError("field \"\(rules.fields.id)\" is missing or empty; it names the sample")
      }
      return Input()
    }
    let text = raw.values[1].flatMap { $0.utf8.contains { $0 > UInt8(ascii: " ") } ? $0 : nil }
    var image: ImageSource?
    do throws(DatasetError) {
      if let found = raw.image { image = try pictures.checked(found) }
      if let path = raw.values[5], !path.isEmpty {
        image = try rules.isByReference ? pictures.reference(to: path) : pictures.picture(at: path)
      }
    } catch {
      throw error.named("field \"\(rules.fields.image)\"")
    }
    if text != nil || image != nil { return Input(text: text, image: image) }
    if rules.leavesOutEmptyRows { return nil }
    let state = raw.values[1] == nil ? "missing or empty" : "blank"
    throw DatasetError("field \"\(rules.fields.text)\" is \(state), and there is no \"\(rules.fields.image)\"")
  }

  private mutating func unique(_ row: DataRow, line: Int) -> DataRow? {
    switch ledger.enter(row) {
    case .new: return row
    case .forgotten:
      reader.tally.hasForgottenIDs = true
      return row
    case .repeated:
      reader.tally.repeats += 1
      return nil
    case .taken(let first):
      reader.refuse(
        "its id \"\(row.id)\" is row \(first)'s, which says something else; name another --id-field, or a --run",
        line: line)
      return nil
    }
  }
}
