import Datasets
import Foundation
import JSON

/// Held-out samples as JSON Lines, which `shunt experiment --output` writes:
///
///     {"id": "1", "text": "…", "label": "a", "region": "tail", "large_label": "b", "large_confidence": 0.83}
///
/// `large_confidence` is missing where the large model gave none.
public enum HeldOutFile {
  /// All rows of a file.
  /// - Throws: `EvaluationError` naming the file, the line and the field that is wrong.
  public static func rows(of url: URL) throws -> [HeldOutRow] {
    let lines: [JSONLine]
    do { lines = try JSONLine.all(of: url) } catch {
      throw EvaluationError("held-out samples: \(error); 'shunt experiment --output' writes them")
    }
    let parser = try JSONParser()
    return try lines.map { line in
      do { return try line.bytes.withUnsafeBytes { try parser.parse($0, row) } } catch {
        throw EvaluationError("\(url.lastPathComponent), line \(line.number): \(error)")
      }
    }
  }

  private static func row(_ json: JSONValue) throws -> HeldOutRow {
    guard json.isObject else { throw JSONError("is a JSON \(json.kind); each line must be an object") }
    let confidence = try json.optionalDouble("large_confidence")
    if let confidence, !(0...1).contains(confidence) {
      throw JSONError("field \"large_confidence\" is \(confidence); it must be from 0 to 1")
    }
    return HeldOutRow(
      id: try json.requiredString("id"), text: try json.requiredString("text"), label: try json.requiredString("label"),
      category: try json.optionalString("category"), region: try json.optionalString("region"),
      largeLabel: try json.requiredString("large_label"), largeConfidence: confidence.map { Float($0) })
  }

  /// Writes rows, as `rows(of:)` reads them.
  public static func write(_ rows: [HeldOutRow], to url: URL) throws {
    var writer = JSONWriter()
    var data = Data()
    for row in rows {
      writer.removeAll()
      row.write(to: &writer)
      data.append(contentsOf: writer.bytes)
      data.append(UInt8(ascii: "\n"))
    }
    try data.write(to: url, options: .atomic)
  }
}

extension HeldOutRow {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, value) in [("id", id), ("text", text), ("label", label)] {
      writer.key(key)
      writer.string(value)
    }
    for (key, value) in [("category", category), ("region", region)] {
      guard let value else { continue }
      writer.key(key)
      writer.string(value)
    }
    writer.key("large_label")
    writer.string(largeLabel)
    if let largeConfidence {
      writer.key("large_confidence")
      writer.float(largeConfidence)
    }
    writer.endObject()
  }
}
