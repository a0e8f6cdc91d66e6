/// Text in SVG and HTML.
public enum Markup {
  /// The text as a reader shall see it, between tags and in attributes with double quotes.
  public static func escaped(_ text: String) -> String {
    // By bytes: to Swift a "<" with a combining mark behind it is no "<".
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += "&amp;".utf8
      case UInt8(ascii: "<"): bytes += "&lt;".utf8
      case UInt8(ascii: ">"): bytes += "&gt;".utf8
      case UInt8(ascii: "\""): bytes += "&quot;".utf8
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
