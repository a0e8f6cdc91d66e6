import Foundation
import JSON
import SwiftCSV

/// Names of the fields or columns that hold a row's parts.
public struct DataFields: Sendable, Equatable {
  /// The field with the id; a row without it gets its line number.
  public var id = "id"
  /// The field with the text.
  public var text = "text"
  /// The field with the ground truth.
  public var label = "label"
  /// The field with the grouping.
  public var category = "category"
  /// The field with a large model's recorded answer.
  public var recordedAnswer = "recorded_llm_answer"

  /// Whether a row's text may be empty.
  var allowsEmptyText = false

  /// The names that this project's own data use.
  public init() {}
}

/// Reads rows from a file: JSON Lines, or CSV with a header line where the name ends in `.csv`.
public struct DataFile: Sendable {
  private let url: URL
  private let fields: DataFields

  /// A file whose rows are in `fields`.
  public init(_ url: URL, fields: DataFields = DataFields()) {
    self.url = url
    self.fields = fields
  }

  /// All rows but those whose text is empty, which nothing can be learnt from; for data sets that have such rows.
  public func rowsWithText() throws -> [DataRow] {
    var fields = fields
    fields.allowsEmptyText = true
    return try DataFile(url, fields: fields).rows().filter { !$0.text.isEmpty }
  }

  /// All rows.
  /// - Throws: `DatasetError` naming the file, the line and the field that is wrong.
  public func rows() throws -> [DataRow] {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw DatasetError("cannot read \(url.path): \(error.localizedDescription)")
    }
    return try Self.rows(of: data, name: url.lastPathComponent, isCSV: url.pathExtension == "csv", fields: fields)
  }

  /// All rows of a file's bytes.
  /// - Parameter name: names the file in errors.
  public static func rows(
    of data: Data, name: String, isCSV: Bool, fields: DataFields = DataFields()
  ) throws -> [DataRow] {
    isCSV ? try csvRows(data, name, fields) : try jsonRows(data, name, fields)
  }

  /// Writes rows as JSON Lines that `rows()` reads.
  public static func write(_ rows: [DataRow], to url: URL) throws {
    var data = Data()
    var writer = JSONWriter()
    for row in rows {
      writer.removeAll()
      writer.beginObject()
      for (key, value) in [("id", row.id), ("text", row.text), ("label", row.label), ("category", row.category)] {
        guard let value else { continue }
        writer.key(key)
        writer.string(value)
      }
      writer.endObject()
      data.append(contentsOf: writer.bytes)
      data.append(UInt8(ascii: "\n"))
    }
    try data.write(to: url, options: .atomic)
  }

  private static func jsonRows(_ data: Data, _ name: String, _ fields: DataFields) throws -> [DataRow] {
    let parser = try JSONParser()
    return try data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { return nil }
        do {
          return try line.withUnsafeBytes { bytes in
            try parser.parse(bytes) { try row(of: $0, line: index + 1, fields) }
          }
        } catch { throw DatasetError("\(name), line \(index + 1): \(error)") }
      }
  }

  private static func row(of json: JSONValue, line: Int, _ fields: DataFields) throws -> DataRow {
    guard json.isObject else { throw JSONError("is a JSON \(json.kind); each line must be an object") }
    var values: [String: String] = [:]
    try json.forEachMember { key, value in
      guard fields.names.contains(key), !value.isNull else { return }
      guard let text = value.string ?? value.integer.map(String.init) else {
        throw JSONError("field \"\(key)\" is a \(value.kind); it must be a string")
      }
      values[key] = text
    }
    return try row(of: values, line: line, fields)
  }

  private static func csvRows(_ data: Data, _ name: String, _ fields: DataFields) throws -> [DataRow] {
    guard let text = String(data: data, encoding: .utf8) else { throw DatasetError("\(name) is not UTF-8") }
    let csv: CSV<Named>
    do { csv = try CSV<Named>(string: text, delimiter: .comma, loadColumns: false) } catch {
      throw DatasetError("\(name) cannot be read as CSV with a header line: \(error)")
    }
    guard csv.header.contains(fields.text) else {
      throw DatasetError("\(name) has no column \"\(fields.text)\"; it has \(csv.header.joined(separator: ", "))")
    }
    return try csv.rows.enumerated().map { index, values in
      do { return try row(of: values.filter { !$0.value.isEmpty }, line: index + 2, fields) } catch {
        throw DatasetError("\(name), row \(index + 1): \(error)")
      }
    }
  }

  private static func row(of values: [String: String], line: Int, _ fields: DataFields) throws -> DataRow {
    guard let text = values[fields.text], fields.allowsEmptyText || !text.isEmpty else {
      throw JSONError("field \"\(fields.text)\" is missing or empty; name another with --text-field")
    }
    return DataRow(
      id: values[fields.id] ?? String(line), text: text, label: values[fields.label],
      category: values[fields.category], recordedAnswer: values[fields.recordedAnswer])
  }
}

extension DataFields {
  fileprivate var names: Set<String> { [id, text, label, category, recordedAnswer] }
}
