import Content

/// Reads the values of some fields from the rows of a file, one row after the other, in bounded memory.
///
/// A row that is wrong is noted and left out; whether the file as a whole is good is told at its end.
struct RowReader {
  /// A field that is read.
  struct Field {
    /// The column's or the member's name.
    let name: String
    /// Whether some row must have it: it is needed, or somebody named it.
    let isRequired: Bool
    /// The field that does as well where this one is required.
    var orElse: String?
  }

  /// A row's values, in the order of the fields; `nil` where there is none.
  struct Row {
    let line: Int
    var values: [String?]
    /// An image that stands in the row itself, as messages have it.
    var image: ImageSource?
    /// Captions that stand in the row as a list; `nil` where there is none.
    var captions: CaptionList?
  }

  /// A field whose value is a list of texts.
  enum CaptionList {
    /// All of them.
    case texts([String])
    /// What stands in its place, such as `number`.
    case wrong(String)
  }

  /// The fields whose values are more than texts.
  struct StructuredFields {
    /// The one whose value may be an image.
    let image: String
    /// The one whose value may be a list of captions.
    let captions: String
  }

  /// What became of the rows so far.
  var tally = RowTally()
  private let onRefusal: (RowTally.Refusal) -> Void
  private let nextRecord: () throws(DatasetError) -> FileRecord?
  private let columns: Columns?
  private var members: Members

  /// - Parameters:
  ///   - structured: those of the fields whose values may be more than a text.
  ///   - format: `nil`: what the first bytes say.
  ///   - separator: `nil`: what the header says.
  ///   - mustBeInFirst: whether fields that are required must stand in the first row of JSON, because nobody can look
  ///     at all rows before they are used.
  ///   - onRefusal: called with each row that is refused.
  init(
    _ source: ByteSource, fields: [Field], structured: StructuredFields, format: FileFormat?,
    separator: FieldSeparator?,
    mustBeInFirst: Bool,
    onRefusal: @escaping (RowTally.Refusal) -> Void
  ) throws(DatasetError) {
    self.onRefusal = onRefusal
    members = try Members(fields: fields, structured: structured, mustBeInFirst: mustBeInFirst)
    let format = if let format { format } else { FileFormat(firstByte: try source.firstVisibleByte()) }
    switch format {
    case .jsonl:
      let lines = JSONLineRecords(source)
      (columns, nextRecord) = (nil, lines.next)
    case .json:
      let elements = JSONArrayRecords(source)
      (columns, nextRecord) = (nil, elements.next)
    case .csv:
      let header = try Header(source, fields: fields.map(\.name), separator: separator)
      (columns, nextRecord) = (try Columns(header.names, fields: fields), header.rows.next)
    }
  }

  /// The next row that is good; `nil` at the end.
  /// - Throws: `DatasetError` where no row can be read any more, or a required field stood in none.
  mutating func next() throws(DatasetError) -> Row? {
    while let record = try nextRecord() {
      do throws(RowProblem) {
        let row = try row(of: record)
        tally.rows += 1
        return row
      } catch {
        switch error {
        case .blank: tally.blanks += 1
        case .header: tally.repeatedHeaders += 1
        case .fatal(let reason): throw DatasetError(reason)
        case .refused(let reason):
          tally.rows += 1
          refuse(reason, line: record.line)
        }
      }
    }
    if columns == nil, tally.rows > tally.refused { try members.checkSeen() }
    return nil
  }

  /// Refuses the row that was read last.
  mutating func refuse(_ reason: String, line: Int) { onRefusal(tally.refuse(reason, line: line)) }

  private mutating func row(of record: FileRecord) throws(RowProblem) -> Row {
    switch record.content {
    case .broken(let reason): throw .refused(reason)
    case .json(let bytes): return try members.row(of: bytes, line: record.line)
    case .fields(let row): return Row(line: record.line, values: try columns?.values(of: row) ?? [])
    }
  }
}

/// Why a record gives no row.
enum RowProblem: Error {
  /// There is nothing in it.
  case blank
  /// It is the header again.
  case header
  /// It is wrong.
  case refused(String)
  /// All of the file is.
  case fatal(String)

  /// The reason for a value that is no text.
  static func notText(_ field: String) -> RowProblem {
    .refused("field \"\(field)\" is not UTF-8; if the file is Latin-1, iconv -f LATIN1 -t UTF-8 mends it")
  }
}
