import Content
import JSON

/// What the door asks of a sample, so that every later worker can take what the router lets through.
extension Sample {
  /// Bytes that id, task, category and label may have: Postgres indexes them, and they travel in keys.
  public static let longestKey = 512

  /// How far ahead of this machine's clock a producer's may be.
  private static let clockSkew = Timestamp.day

  /// Refuses what could not be answered, or not be stored once it is answered.
  /// - Throws: `JSONError` naming the field, what it holds, and what is allowed.
  /// - Parameter maximumImageBytes: of an image's file that stands in the message.
  public func check(
    maximumTextBytes: Int, maximumImageBytes: Int = .max, now: Timestamp
  ) throws(JSONError) {
    try Self.check(key: "id", id)
    try Self.check(key: "task", task)
    if let category { try Self.check(length: "category", category) }
    switch truth {
    case .label(let label): try Self.check(length: "label", label)
    case .captions(let captions): try Self.check(captions)
    case nil: break
    }
    if let image = input.image { try Self.check(image, maximumImageBytes) }
    let textBytes = input.text?.utf8.count ?? 0
    guard textBytes <= maximumTextBytes else {
      throw JSONError(
        "field \"text\" has \(textBytes) bytes; at most \(maximumTextBytes) are read (router.maximum_text_bytes)",
        kind: "field \"text\" is longer than router.maximum_text_bytes")
    }
    if let producedAt, producedAt.milliseconds > now.milliseconds + Self.clockSkew {
      throw JSONError(
        "field \"produced_at\" is \(producedAt), which is more than a day ahead of the router's clock (\(now))",
        kind: "field \"produced_at\" is ahead of the clock")
    }
  }

  /// Marks a sample in whose text or category characters were replaced, as they are where they are no Unicode.
  /// - Parameter fields: in which fields of the message.
  /// - Throws: `JSONError` for a key, or the truth: another that differs only there could not be told from it.
  public mutating func note(replaced fields: [String]) throws(JSONError) {
    for name in ["id", "task", "label", "captions"] where fields.contains(name) {
      throw JSONError(
        "field \"\(name)\" holds a lone surrogate, a wrong escape, or bytes that are no UTF-8; send it as UTF-8 text")
    }
    hasReplacedText = fields.contains("text") || fields.contains("category")
  }

  /// Bytes that a sample's captions may have together: they travel with its answer, which has to fit a broker's limit.
  public static let longestCaptions = 32 << 10

  private static func check(_ captions: [String]) throws(JSONError) {
    for caption in captions {
      if let refusal = caption.refusalAsCaption {
        throw JSONError(
          "field \"captions\": one of them \(refusal)", kind: "field \"captions\" holds what is no caption")
      }
      try check(withoutNull: "captions", caption)
    }
    let bytes = captions.reduce(0) { $0 + $1.utf8.count }
    guard bytes <= longestCaptions else {
      throw JSONError(
        "field \"captions\" has \(bytes) bytes; at most \(longestCaptions) are read",
        kind: "field \"captions\" is too long")
    }
  }

  /// What Postgres could not store, or nobody would fetch.
  private static func check(_ image: ImageSource, _ maximumBytes: Int) throws(JSONError) {
    if let mediaType = image.mediaType { try check(key: "image.media_type", mediaType) }
    guard case .url(let url, _, _) = image else {
      guard image.byteCount <= maximumBytes else {
        throw JSONError(
          "field \"image.data\" has \(image.byteCount) bytes; at most \(maximumBytes) are read (images.maximum_bytes)",
          kind: "field \"image.data\" is longer than images.maximum_bytes")
      }
      return
    }
    guard url.utf8.count <= longestURL, url.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw JSONError(
        "field \"image.url\" is \(url.cut(toBytes: 40).debugDescription); it must be an address of at most "
          + "\(longestURL) bytes, in ASCII without spaces", kind: "field \"image.url\" is no address")
    }
  }

  /// Bytes of an image's address.
  public static let longestURL = 4_096

  private static func check(key name: StaticString, _ value: String) throws(JSONError) {
    try check(length: name, value)
    try check(withoutNull: name, value)
  }

  /// Postgres stores none, and what stood in its place would make two keys one.
  private static func check(withoutNull name: StaticString, _ value: String) throws(JSONError) {
    guard value.utf8.withContiguousStorageIfAvailable({ $0.contains(0) }) != true else {
      throw JSONError("field \"\(name)\" holds U+0000, which Postgres cannot store; leave it out")
    }
  }

  private static func check(length name: StaticString, _ value: String) throws(JSONError) {
    guard value.utf8.count <= longestKey else {
      throw JSONError(
        "field \"\(name)\" has \(value.utf8.count) bytes (\(value.cut(toBytes: 40).debugDescription)); "
          + "at most \(longestKey) are read", kind: "field \"\(name)\" is too long")
    }
  }
}
