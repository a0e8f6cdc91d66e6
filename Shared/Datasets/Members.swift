import JSON

/// Finds fields among the members of JSON objects.
struct Members {
  private let fields: [RowReader.Field]
  private let mustBeInFirst: Bool
  private let parser: JSONParser
  private var isSeen: [Bool]
  /// The members of the first row, for errors.
  private var names: [String]?

  init(fields: [RowReader.Field], mustBeInFirst: Bool) throws(DatasetError) {
    self.fields = fields
    self.mustBeInFirst = mustBeInFirst
    isSeen = fields.map { _ in false }
    do { parser = try JSONParser() } catch { throw DatasetError("cannot be read: \(error)") }
  }

  /// The values of an object, in the order of the fields.
  mutating func values(of bytes: ArraySlice<UInt8>) throws(RowProblem) -> [String?] {
    guard bytes.isUTF8 else { throw .refused("is not UTF-8; iconv -f LATIN1 -t UTF-8 mends Latin-1") }
    var (values, found) = ([String?](repeating: nil, count: fields.count), [String]())
    let isFirst = names == nil
    do {
      try bytes.withUnsafeBytes { bytes in
        try parser.parse(bytes) { json in
          guard json.isObject else { throw RowProblem.refused("is a JSON \(json.kind); it must be an object") }
          try json.forEachMember { name, value in
            if isFirst { found.append(name) }
            guard let index = fields.firstIndex(where: { $0.name == name }), !value.isNull else { return }
            guard values[index] == nil else { throw RowProblem.refused("field \"\(name)\" stands in it twice") }
            values[index] = try value.text(of: name)
          }
        }
      }
    } catch let problem as RowProblem {
      throw problem
    } catch {
      throw .refused("\(error)")
    }
    if isFirst { names = found }
    for (index, value) in values.enumerated() where value != nil { isSeen[index] = true }
    if isFirst, mustBeInFirst {
      do throws(DatasetError) { try checkSeen() } catch { throw .fatal(error.description) }
    }
    return values
  }

  /// - Throws: `DatasetError` where a required field stood in no row.
  func checkSeen() throws(DatasetError) {
    for (field, isSeen) in zip(fields, isSeen) where field.isRequired && !isSeen {
      throw DatasetError.noField(field.name, among: names ?? [])
    }
  }
}

extension ArraySlice<UInt8> {
  fileprivate var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

extension JSONValue {
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
