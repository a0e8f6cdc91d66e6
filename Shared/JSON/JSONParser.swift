import CSimdjson

/// A text that is not JSON, or a value that is not what its reader asked for.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, naming the field where there is one.
  public let description: String
  /// Equal for equal faults: the description without what is one text's own.
  public let kind: String

  /// An error with a description of what is wrong.
  /// - Parameter kind: where the description holds what is one text's own.
  public init(_ description: String, kind: String? = nil) {
    self.description = description
    self.kind = kind ?? description
  }

  /// The same where they say the same.
  public static func == (left: JSONError, right: JSONError) -> Bool { left.description == right.description }
}

/// Parses JSON texts with simdjson, one after the other, in memory that it keeps between them.
///
/// simdjson checks the whole text first: UTF-8, nesting, escapes, numbers. What it refuses is mended where its meaning is
/// plain, and parsed again: see `JSONMending`. So a field that nobody reads may hold anything.
public final class JSONParser {
  // Owned: made here, freed in deinit.
  private let parser: OpaquePointer

  /// The root's members in whose values characters were replaced by U+FFFD when the last text was parsed.
  public private(set) var replaced: [String] = []

  /// Texts up to so many bytes leave their memory, about 14 times as much, for those after them.
  static let keptTextBytes = 512 << 10

  /// Bytes of the longest text that there is memory for.
  var capacity: Int { csj_parser_capacity(parser) }

  /// A parser with no memory yet.
  /// - Throws: `JSONError` where there is no memory for it.
  public init() throws(JSONError) {
    guard let parser = csj_parser_new() else { throw JSONError("out of memory for a JSON parser") }
    self.parser = parser
  }

  deinit { csj_parser_free(parser) }

  /// Parses `bytes` and hands the root to `body`; the root and all below it are valid only inside.
  /// - Throws: `JSONError` that says where the text is no JSON, or what `body` throws.
  public func parse<Value>(_ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) throws -> Value) throws -> Value {
    defer { giveBack(after: bytes.count) }
    if !replaced.isEmpty { replaced = [] }
    var root = csj_value()
    if csj_parse(parser, bytes, &root) != 0 {
      var mending = JSONMending(bytes)
      try mending.run()
      root = try parse(mending)
    }
    return try body(JSONValue(value: root))
  }

  /// Parses a text; see `parse(_:_:)` for bytes.
  public func parse<Value>(_ text: String, _ body: (JSONValue) throws -> Value) throws -> Value {
    var text = text
    return try text.withUTF8 { try parse(UnsafeRawBufferPointer($0), body) }
  }

  /// Parses as much of a text as is JSON, for what can still be said of a broken one: collections that are open where it
  /// breaks hold what came before.
  /// - Throws: `JSONError` where nothing of it is JSON, or what `body` throws.
  public func parseBeginning<Value>(
    _ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) throws -> Value
  ) throws -> Value {
    defer { giveBack(after: bytes.count) }
    var mending = JSONMending(bytes)
    do throws(JSONError) { try mending.run() } catch { mending.closeWhatIsWhole() }
    return try body(JSONValue(value: parse(mending)))
  }

  private func parse(_ mending: JSONMending) throws(JSONError) -> csj_value {
    var root = csj_value()
    let code = mending.bytes.withUnsafeBytes { csj_parse(parser, $0, &root) }
    guard code == 0 else { throw JSONError("not JSON: \(String(cString: csj_message(code)))") }
    replaced = mending.replaced
    return root
  }

  private func giveBack(after count: Int) {
    if count > Self.keptTextBytes { csj_parser_shrink(parser) }
  }
}

/// simdjson copies the bytes into padded memory of its own.
private func csj_parse(_ parser: OpaquePointer, _ bytes: UnsafeRawBufferPointer, _ root: inout csj_value) -> Int32 {
  let text = bytes.bindMemory(to: CChar.self)
  return csj_parse(parser, text.baseAddress, text.count, &root)
}
