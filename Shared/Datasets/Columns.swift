/// A header line, and the rows below it.
struct Header {
  let names: [String]
  let rows: DelimitedRecords

  /// - Parameters:
  ///   - fields: the names that are looked for: the separator that makes columns of them is the file's.
  /// - Throws: `DatasetError` where there is no header, or one that cannot be read.
  init(_ source: ByteSource, fields: [String], separator: FieldSeparator?) throws(DatasetError) {
    var line = 1
    var first = try source.firstLine()
    while first.isEmpty, source.start < source.bytes.count {
      try source.skipLine()
      line += 1
      first = try source.firstLine()
    }
    var separator = separator
    // Spreadsheets write such a line before the header.
    if first.count == 5, first.starts(with: "sep=".utf8) {
      separator = separator ?? FieldSeparator(String(decoding: first.suffix(1), as: UTF8.self))
      try source.skipLine()
      line += 1
      first = try source.firstLine()
    }
    if separator == nil { separator = try Self.separator(of: first, fields) }
    let rows = DelimitedRecords(source, separator: separator?.byte ?? .comma, line: line)
    guard let record = try rows.next() else { throw DatasetError("has no rows, and no header line") }
    switch record.content {
    case .fields(let header): names = try Self.names(header)
    case .broken(let reason): throw DatasetError("has a header (line \(record.line)) that cannot be read: \(reason)")
    case .json: throw DatasetError("has no header line")
    }
    self.rows = rows
  }

  private static func names(_ header: DelimitedFields) throws(DatasetError) -> [String] {
    var names: [String] = []
    for index in 0..<header.count {
      guard let name = String(validating: header[index], as: UTF8.self) else {
        throw DatasetError("has a header that is not UTF-8; if it is Latin-1, iconv -f LATIN1 -t UTF-8 mends it")
      }
      names.append(String(name.trimmingPrefix(" ").reversed().trimmingPrefix(" ").reversed()))
    }
    return names
  }

  /// The separator by which most of the fields are columns; of several, the one that makes most columns.
  private static func separator(of line: [UInt8], _ fields: [String]) throws(DatasetError) -> FieldSeparator {
    var best = (separator: FieldSeparator.recognised[0], found: 0, columns: 1)
    for separator in FieldSeparator.recognised {
      let rows = DelimitedRecords(try ByteSource(line), separator: separator.byte)
      guard case .fields(let header)? = try rows.next()?.content else { continue }
      let names = try names(header)
      let found = fields.count { names.contains($0) }
      if (found, names.count) > (best.found, best.columns) { best = (separator, found, names.count) }
    }
    return best.separator
  }
}

extension ByteSource {
  /// The bytes up to the end of the line, which are not done with.
  fileprivate func firstLine() throws(DatasetError) -> [UInt8] {
    while true {
      let rest = bytes[start...]
      if let end = rest.firstIndex(where: { $0 == .lineFeed || $0 == .carriageReturn }) { return Array(rest[..<end]) }
      if isAtEnd || rest.count > FileRecord.maximumBytes { return Array(rest) }
      try refill()
    }
  }
}

/// Where the fields stand in the rows of a file with a header.
struct Columns {
  private let header: [String]
  private let names: [String]
  /// By field: its column.
  private let indices: [Int?]

  /// - Throws: `DatasetError` where a field that is needed has no column, or one has two.
  init(_ header: [String], fields: [RowReader.Field]) throws(DatasetError) {
    self.header = header
    names = fields.map(\.name)
    var indices: [Int?] = []
    for field in fields {
      let places = header.indices.filter { header[$0] == field.name }
      if places.count > 1 {
        let columns = places.map { "\($0 + 1)" }.joined(separator: " and ")
        throw DatasetError("has the column \"\(field.name)\" more than once (columns \(columns)); name each once")
      }
      if field.isMissing(among: header) { throw .noField(field, among: header) }
      indices.append(places.first)
    }
    self.indices = indices
  }

  /// The values of a row, in the order of the fields.
  func values(of row: DelimitedFields) throws(RowProblem) -> [String?] {
    if row.bytes.allSatisfy({ $0 == UInt8(ascii: " ") }) { throw .blank }
    guard row.count == header.count else {
      throw .refused(
        "\(row.count) fields where the header has \(header.count); quote a field that holds the separator")
    }
    if header.indices.allSatisfy({ row[$0].elementsEqual(header[$0].utf8) }) { throw .header }
    var values: [String?] = []
    for (name, index) in zip(names, indices) {
      if let index { values.append(try value(row[index], name)) } else { values.append(nil) }
    }
    return values
  }

  private func value(_ bytes: ArraySlice<UInt8>, _ name: String) throws(RowProblem) -> String? {
    if bytes.isEmpty { return nil }
    guard !bytes.contains(0) else { throw .refused("field \"\(name)\" holds a NUL byte") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(name) }
    return text
  }
}

extension RowReader.Field {
  /// Whether it is required, and neither it nor what does as well is there.
  func isMissing(among names: [String]) -> Bool {
    isRequired && !names.contains(name) && !(orElse.map(names.contains) ?? false)
  }
}

extension DatasetError {
  static func noField(_ field: RowReader.Field, among names: [String]) -> DatasetError {
    let other = field.orElse.map { " and no \"\($0)\"" } ?? ""
    return DatasetError(
      "has no field \"\(field.name)\"\(other); it has \(names.map { "\"\($0)\"" }.joined(separator: ", "))")
  }
}
