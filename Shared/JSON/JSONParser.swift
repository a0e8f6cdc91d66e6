import CSimdjson

/// A text that is not JSON, or a value that is not what its reader asked for.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, naming the field where there is one.
  public let description: String

  /// An error with a description of what is wrong.
  public init(_ description: String) { self.description = description }
}

/// Parses JSON texts with simdjson, one after the other, in memory that it keeps between them.
///
/// simdjson checks the whole text first: UTF-8, nesting, escapes, numbers.
public final class JSONParser {
  // Owned: made here, freed in deinit.
  private let parser: OpaquePointer

  /// A parser with no memory yet.
  /// - Throws: `JSONError` where there is no memory for it.
  public init() throws(JSONError) {
    guard let parser = csj_parser_new() else { throw JSONError("out of memory for a JSON parser") }
    self.parser = parser
  }

  deinit { csj_parser_free(parser) }

  /// Parses `bytes` and hands the root to `body`; the root and all below it are valid only inside.
  /// - Throws: `JSONError` with simdjson's reason, or what `body` throws.
  public func parse<Value>(_ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) throws -> Value) throws -> Value {
    var root = csj_value()
    let text = bytes.bindMemory(to: CChar.self)
    // simdjson copies the bytes into padded memory of its own.
    let code = csj_parse(parser, text.baseAddress, text.count, &root)
    guard code == 0 else { throw JSONError(String(cString: csj_message(code))) }
    return try body(JSONValue(value: root))
  }

  /// Parses a text; see `parse(_:_:)` for bytes.
  public func parse<Value>(_ text: String, _ body: (JSONValue) throws -> Value) throws -> Value {
    var text = text
    return try text.withUTF8 { try parse(UnsafeRawBufferPointer($0), body) }
  }
}
