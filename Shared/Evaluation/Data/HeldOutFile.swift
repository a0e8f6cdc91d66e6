import Content
import Datasets
import Foundation
import JSON
import Messages

/// Held-out samples as JSON Lines, which `shunt calibrate` and `shunt experiment --output` write:
///
///     {"id": "1", "text": "…", "label": "a", "region": "tail", "large_label": "b", "large_confidence": 0.83}
///
/// Of captions:
///
///     {"id": "1", "image": …, "captions": ["…", "…"], "large_caption": "…", "large_confidence": 0.41}
///
/// `large_confidence` is missing where the large model gave none. Beside a text, or in its place, there may be an `image`:
/// an object as messages have it, or the path of a picture file, relative to the folder of the file with the rows.
public enum HeldOutFile {
  /// All rows of a file.
  /// - Throws: `EvaluationError` naming the file, the line and the field that is wrong.
  public static func rows(of url: URL) throws -> [HeldOutRow] {
    let lines: [JSONLine]
    do { lines = try JSONLine.all(of: url) } catch {
      throw EvaluationError("held-out samples: \(error); 'shunt calibrate' writes them")
    }
    let parser = try JSONParser()
    let pictures = PictureFiles(folder: url.deletingLastPathComponent())
    return try lines.map { line in
      do { return try line.bytes.withUnsafeBytes { try parser.parse($0) { try row($0, pictures) } } } catch {
        throw EvaluationError("\(url.lastPathComponent), line \(line.number): \(error)")
      }
    }
  }

  private static func row(_ json: JSONValue, _ pictures: PictureFiles) throws -> HeldOutRow {
    guard json.isObject else { throw JSONError("is a JSON \(json.kind); each line must be an object") }
    let confidence = try json.optionalDouble("large_confidence")
    if let confidence, !(0...1).contains(confidence) {
      throw JSONError("field \"large_confidence\" is \(confidence); it must be from 0 to 1")
    }
    let captions = try json.captions()
    return HeldOutRow(
      id: try json.requiredString("id"), input: try json.input(pictures),
      truth: try captions.map(Truth.captions) ?? .label(json.requiredString("label")),
      category: try json.optionalString("category"), region: try json.optionalString("region"),
      large: try captions == nil
        ? .label(json.requiredString("large_label")) : .caption(json.requiredString("large_caption")),
      largeConfidence: confidence.map { Float($0) })
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

extension JSONValue {
  /// A text, an image with its bytes, or both.
  fileprivate func input(_ pictures: PictureFiles) throws -> Input {
    guard let member = self["image"] else { return .text(try requiredString("text")) }
    let image =
      try member.string.map { path in try pictures.picture(at: path) }
      ?? pictures.checked(ImageSource(json: member))
    guard image.fetched != nil else {
      throw JSONError(
        "field \"image\" is a reference, which is not fetched here; put the picture's bytes into \"data\"")
    }
    let text = try optionalString("text")
    return Input(text: text?.isEmpty == true ? nil : text, image: image)
  }

  /// Captions that people wrote; `nil` where the row is one of labels.
  fileprivate func captions() throws -> [String]? {
    guard let member = self["captions"] else { return nil }
    var captions: [String] = []
    try member.forEachElement { element in
      guard let text = element.string, !text.isEmpty else {
        throw JSONError("field \"captions\" holds what is no caption")
      }
      captions.append(text)
    }
    guard !captions.isEmpty else { throw JSONError("field \"captions\" must be an array of one caption or more") }
    return captions
  }
}

extension HeldOutRow {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, value) in [
      ("id", id), ("text", input.text), ("label", label), ("category", category), ("region", region),
    ] {
      guard let value else { continue }
      writer.key(key)
      writer.string(value)
    }
    if let image = input.image {
      writer.key("image")
      image.write(to: &writer)
    }
    if let captions = truth.captions {
      writer.key("captions")
      writer.beginArray()
      for caption in captions { writer.string(caption) }
      writer.endArray()
    }
    writer.key(large.caption == nil ? "large_label" : "large_caption")
    writer.string(large.text)
    if let largeConfidence {
      writer.key("large_confidence")
      writer.float(largeConfidence)
    }
    writer.endObject()
  }
}
