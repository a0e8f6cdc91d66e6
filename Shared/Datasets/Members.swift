import Content
import JSON
import Messages

/// Finds fields among the members of JSON objects.
struct Members {
  private let fields: [RowReader.Field]
  private let structured: RowReader.StructuredFields
  private let mustBeInFirst: Bool
  private let parser: JSONParser
  private var isSeen: [Bool]
  /// The members of the first row, for errors.
  private var names: [String]?

  init(
    fields: [RowReader.Field], structured: RowReader.StructuredFields, mustBeInFirst: Bool
  ) throws(DatasetError) {
    (self.fields, self.structured) = (fields, structured)
    self.mustBeInFirst = mustBeInFirst
    isSeen = fields.map { _ in false }
    do { parser = try JSONParser() } catch { throw DatasetError("cannot be read: \(error)") }
  }

  /// The row that is an object.
  mutating func row(of bytes: ArraySlice<UInt8>, line: Int) throws(RowProblem) -> RowReader.Row {
    guard bytes.isUTF8 else { throw .refused("is not UTF-8; iconv -f LATIN1 -t UTF-8 mends Latin-1") }
    var row = RowReader.Row(line: line, values: [String?](repeating: nil, count: fields.count))
    var (isThere, found) = (fields.map { _ in false }, [String]())
    let isFirst = names == nil
    do {
      try bytes.withUnsafeBytes { bytes in
        try parser.parse(bytes) { json in
          guard json.isObject else { throw RowProblem.refused("is a JSON \(json.kind); it must be an object") }
          try json.forEachMember { name, value in
            if isFirst { found.append(name) }
            guard let index = fields.firstIndex(where: { $0.name == name }), !value.isNull else { return }
            guard !isThere[index] else { throw RowProblem.refused("field \"\(name)\" stands in it twice") }
            isThere[index] = true
            switch name {
            case structured.image where value.string == nil: row.image = try ImageSource(json: value)
            case structured.captions where value.string == nil: row.captions = value.captions
            default: row.values[index] = try value.text(of: name)
            }
          }
        }
      }
    } catch let problem as RowProblem {
      throw problem
    } catch {
      throw .refused("\(error)")
    }
    if isFirst { names = found }
    for (index, isThere) in isThere.enumerated() where isThere { isSeen[index] = true }
    if isFirst, mustBeInFirst {
      do throws(DatasetError) { try checkSeen() } catch { throw .fatal(error.description) }
    }
    return row
  }

  /// - Throws: `DatasetError` where a required field stood in no row.
  func checkSeen() throws(DatasetError) {
    let seen = zip(fields, isSeen).filter(\.1).map(\.0.name)
    for field in fields where field.isMissing(among: seen) { throw .noField(field, among: names ?? []) }
  }
}

extension ArraySlice<UInt8> {
  fileprivate var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

extension JSONValue {
  /// A list of texts, each with something in it.
  fileprivate var captions: RowReader.CaptionList {
    guard kind == "array" else { return .wrong(kind) }
    var (texts, wrong) = ([String](), String?.none)
    forEachElement { element in
      if let text = element.string, !text.isEmpty { texts.append(text) } else { wrong = element.shown }
    }
    return wrong.map { .wrong("list with a \($0)") } ?? .texts(texts)
  }

  /// A string, or a number as it is written.
  fileprivate func text(of field: String) throws(RowProblem) -> String {
    if let text = string { return text }
    if let integer { return "\(integer)" }
    // A larger number would not keep its digits, and two ids would become one.
    if let double, double.magnitude < 0x1p53 { return "\(double)" }
    throw .refused(
      "field \"\(field)\" is a \(kind)\(kind == "number" ? " that is too large" : ""); it must be a string")
  }
}
