import Content
import Foundation
import JSON

extension JSONValue {
  /// A sample's input: its text, and in format 2 its image.
  ///
  /// In format 1 a producer may have a field `image` of its own, which is left alone. Without a text it could be no sample
  /// of format 1, so an image is then read whatever the header says.
  func requiredInput(_ format: MessageFormat) throws(JSONError) -> Input {
    let text = try optionalString("text")
    if format == .one, let text {
      guard !text.isEmpty else { throw JSONError("field \"text\" is empty; it must not be") }
      return .text(text)
    }
    guard let member = self["image"], format == .two || member.isObject else {
      if let text, !text.isEmpty { return .text(text) }
      throw JSONError(
        format == .one
          ? "field \"text\" is missing; it must be a string"
          : "fields \"text\" and \"image\" are missing; a sample must have one of them")
    }
    return Input(text: text.flatMap { $0.isEmpty ? nil : $0 }, image: try ImageSource(json: member))
  }

  /// What is right for a sample, where its producer knows it: a label, or in format 2 captions.
  func truth(
    _ format: MessageFormat, label: StaticString, captions key: StaticString
  ) throws(JSONError) -> Truth? {
    if let label = try filledString(label) { return .label(label) }
    guard format == .two, let member = self[key] else { return nil }
    var (captions, isWrong) = ([String](), member.kind != "array")
    member.forEachElement { element in
      guard let caption = element.string, !caption.isEmpty else { return isWrong = true }
      captions.append(caption)
    }
    guard !isWrong else { throw JSONError("field \"\(key)\" is a \(member.shown); it must be an array of texts") }
    return captions.isEmpty ? nil : .captions(captions)
  }

  /// A string where there is one with something in it: files without a value have an empty one.
  func filledString(_ key: StaticString) throws(JSONError) -> String? {
    guard let text = try optionalString(key), !text.isEmpty else { return nil }
    return text
  }
}

extension ImageSource {
  /// `{"data": base64}` or `{"url": …}`, with `media_type` where that is known; of a URL's file `sha256`, too.
  /// - Throws: `JSONError` naming what is wrong.
  public init(json: JSONValue) throws(JSONError) {
    guard json.isObject else {
      throw JSONError("field \"image\" is a \(json.shown); it must be an object with \"data\" or \"url\"")
    }
    let mediaType = try json.filledString("media_type")
    switch (try json.filledString("data"), try json.filledString("url")) {
    case (let base64?, nil):
      guard let data = Data(base64Encoded: base64), !data.isEmpty else {
        throw JSONError(
          "field \"image.data\" is not base64 (\(base64.cut(toBytes: 40).debugDescription)); it must be the file in base64 "
            + "(RFC 4648, section 4), without \"data:\" before it and without line breaks",
          kind: "field \"image.data\" is not base64")
      }
      self = .data(Array(data), mediaType: mediaType)
    case (nil, let url?): self = .url(url, mediaType: mediaType, sha256: try Self.sha256(json))
    default: throw JSONError("field \"image\" must have either \"data\", in base64, or \"url\"")
    }
  }

  private static func sha256(_ json: JSONValue) throws(JSONError) -> String? {
    guard let text = try json.filledString("sha256")?.lowercased() else { return nil }
    guard text.utf8.count == 64, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }) else {
      throw JSONError(
        "field \"image.sha256\" is \(text.cut(toBytes: 80).debugDescription); it must have 64 hexadecimal digits")
    }
    return text
  }

  /// The image as it stands in a message.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .data(let bytes, _): writer.member("data", Data(bytes).base64EncodedString())
    case .url(let url, _, let sha256):
      writer.member("url", url)
      writer.member("sha256", sha256)
    }
    writer.member("media_type", mediaType)
    writer.endObject()
  }
}

extension JSONWriter {
  mutating func members(_ input: Input) {
    member("text", input.text)
    guard let image = input.image else { return }
    key("image")
    image.write(to: &self)
  }

  /// Writes a truth, in one of two fields.
  mutating func member(_ truth: Truth?, label: StaticString, captions: StaticString) {
    switch truth {
    case .label(let text): member(label, text)
    case .captions(let texts): member(captions, texts)
    case nil: break
    }
  }

  mutating func member(_ name: StaticString, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { string(text) }
    endArray()
  }
}
