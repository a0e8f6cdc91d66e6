import Content
import Foundation
import JSON

/// A message's content: a text, or an array of parts.
struct ChatContent {
  /// The text; of several text parts one a line.
  private(set) var text = ""
  /// Pictures, in their order.
  private(set) var images: [ImageSource] = []

  /// Reads a message's member `content`.
  /// - Throws: `JSONError` for a part that is neither text nor a picture.
  init(_ message: JSONValue) throws(JSONError) {
    guard let content = message["content"], content.kind == "array" else {
      text = try message.requiredString("content")
      return
    }
    var (texts, failure) = ([String](), JSONError?.none)
    content.forEachElement { part in
      do throws(JSONError) {
        switch try part.requiredString("type") {
        case "text": texts.append(try part.requiredString("text"))
        case "image_url": images.append(try Self.image(part))
        case let type: throw JSONError("content part of type \"\(type)\"; it must be text or image_url")
        }
      } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    text = texts.joined(separator: "\n")
  }

  /// `{"image_url": {"url": …}}`; some clients write the address itself.
  private static func image(_ part: JSONValue) throws(JSONError) -> ImageSource {
    let member = part["image_url"]
    guard let url = member?.string ?? member?["url"]?.string else {
      throw JSONError("field \"image_url.url\" is missing")
    }
    guard url.hasPrefix("data:") else { return .url(url, mediaType: nil) }
    let parts = url.dropFirst("data:".count).split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasSuffix(";base64"), let data = Data(base64Encoded: String(parts[1])) else {
      throw JSONError("field \"image_url.url\" is no data URL in base64")
    }
    let mediaType = String(parts[0].dropLast(";base64".count))
    return .data(Array(data), mediaType: mediaType.isEmpty ? nil : mediaType)
  }
}
