import Foundation
import JSON

/// What a server says of a failure, in whichever of the known forms it says it.
struct ServerError: Equatable {
  /// The server's name for the kind of failure, such as `context_length_exceeded`; a number is none.
  var code: String?
  /// The server's own words; empty where it has none.
  var message = ""

  /// Reads a failed reply's body: JSON, a page, or plain text.
  init(_ body: [UInt8]) {
    do {
      self = try body.withUnsafeBytes { try JSONParser().parse($0) { ServerError($0) } }
    } catch {
      // Not every server's error is JSON; then the body itself is the message.
      message = Self.plain(body)
    }
    if message.isEmpty, code == nil { message = Self.plain(body) }
    message = String(decoding: message.utf8.prefix(Self.longest), as: UTF8.self)
  }

  /// Reads an error as OpenAI (`{"error": {"message", "code", "type"}}`), FastAPI (`{"detail": [{"loc", "msg"}]}`),
  /// problem details (`{"title", "detail"}`) and others write it, whole or only what stands inside.
  init(_ json: JSONValue) {
    message = read(json, depth: 0)
  }

  /// Bytes of a message that are kept.
  private static let longest = 4_000
  private static let wordKeys: Set = [
    "message", "msg", "error", "errors", "detail", "details", "title", "description", "error_description", "raw",
    "metadata", "reason",
  ]
  private static let codeKeys: Set = ["code", "type", "status"]

  /// The words inside, one after the other, each once.
  private mutating func read(_ json: JSONValue, depth: Int) -> String {
    // Deeper than anybody nests an error.
    guard depth < 6 else { return "" }
    if let text = json.string { return text }
    var (words, place, codes) = ([String](), [String](), [String: String]())
    json.forEachElement { element in
      // A long list says the same of many fields.
      if words.count < 5 { words.append(read(element, depth: depth + 1)) }
    }
    json.forEachMember { key, member in
      if key == "loc" {
        member.forEachElement { place.append($0.string ?? $0.integer.map { "\($0)" } ?? "") }
      } else if Self.wordKeys.contains(key) {
        words.append(read(member, depth: depth + 1))
      } else if Self.codeKeys.contains(key), let text = member.string {
        codes[key] = text
      }
    }
    code = code ?? codes["code"] ?? codes["type"] ?? codes["status"]
    let said = words.filter { !$0.isEmpty }.joined(separator: "; ")
    return place.isEmpty ? said : "\(place.joined(separator: ".")): \(said)"
  }

  /// A page's title, else the text as it is.
  private static func plain(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(20_000), as: UTF8.self)
    for name in ["title", "h1", "body"] {
      guard let start = text.range(of: "<\(name)", options: .caseInsensitive),
        let open = text[start.upperBound...].firstIndex(of: ">")
      else { continue }
      let inside = text[text.index(after: open)...]
      let end = inside.range(of: "</\(name)", options: .caseInsensitive)?.lowerBound ?? inside.endIndex
      let words = inside[..<end].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if !words.isEmpty { return words }
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension String {
  /// Whether it has nothing but white space.
  var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
