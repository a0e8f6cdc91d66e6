import Datasets
import Foundation
import JSON

/// A labelled sample that no model is trained on, and what the large model answers to it.
public struct HeldOutRow: Sendable, Equatable {
  /// Unique in its file.
  public let id: String
  /// What is to be classified.
  public let text: String
  /// The ground truth.
  public let label: String
  /// The producer's grouping.
  public let category: String?
  /// Head, medium or tail, or another grouping of labels.
  public let region: String?
  /// The large model's answer, as the pipeline would give it.
  public let largeLabel: String
  /// Its confidence, 0 to 1; `nil` where it gave none.
  public let largeConfidence: Float?

  /// A held-out sample.
  public init(
    id: String, text: String, label: String, category: String? = nil, region: String? = nil, largeLabel: String,
    largeConfidence: Float?
  ) {
    self.id = id
    self.text = text
    self.label = label
    self.category = category
    self.region = region
    self.largeLabel = largeLabel
    self.largeConfidence = largeConfidence
  }
}

/// Held-out samples as JSON Lines, which `shunt experiment --output` writes:
///
///     {"id": "1", "text": "…", "label": "a", "region": "tail", "large_label": "b", "large_confidence": 0.83}
///
/// `large_confidence` is missing where the large model gave none.
public enum HeldOutFile {
  /// All rows of a file.
  /// - Throws: `DistillerError` naming the file, the line and the field that is wrong.
  public static func rows(of url: URL) throws -> [HeldOutRow] {
    let lines: [JSONLine]
    do { lines = try JSONLine.all(of: url) } catch {
      throw DistillerError("held-out samples: \(error); 'shunt experiment --output' writes them")
    }
    let parser = try JSONParser()
    return try lines.map { line in
      do { return try line.bytes.withUnsafeBytes { try parser.parse($0, row) } } catch {
        throw DistillerError("\(url.lastPathComponent), line \(line.number): \(error)")
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
