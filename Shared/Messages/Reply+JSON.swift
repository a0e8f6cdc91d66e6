import Content
import JSON

extension JSONValue {
  /// An object's reply: its member `label`, or `caption`.
  func requiredReply() throws(JSONError) -> Reply {
    if let caption = try optionalCaption("caption") { return .caption(caption) }
    return .label(try requiredString("label"))
  }

  /// A caption, where there is one.
  /// - Throws: `JSONError` for one that is blank, or longer than any that is answered.
  func optionalCaption(_ key: StaticString) throws(JSONError) -> String? {
    guard let caption = try optionalString(key) else { return nil }
    if let refusal = caption.refusalAsCaption { throw JSONError("field \"\(key)\" \(refusal)") }
    return caption
  }
}

extension JSONWriter {
  /// Writes a reply's member.
  mutating func member(_ reply: Reply) {
    switch reply {
    case .label(let label): member("label", label)
    case .caption(let caption): member("caption", caption)
    }
  }
}

extension String {
  /// What is wrong with it as a caption, said of the field that holds it; `nil` where nothing is.
  var refusalAsCaption: String? {
    guard unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return "is empty; it must not be" }
    guard utf8.count <= Reply.longestCaption else {
      return "has \(utf8.count) bytes (\(cut(toBytes: 40).debugDescription)); at most \(Reply.longestCaption) are read"
    }
    return nil
  }
}
