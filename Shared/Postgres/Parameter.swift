import Foundation

/// A value for `$n`. It travels beside the statement, never inside it, so that no text can become SQL.
///
/// The server infers the type from where `$n` stands; write `$1::float8[]` where nothing tells it.
public enum Parameter: Sendable, Equatable {
  case null
  case text(String)
  case integer(Int)
  case double(Double)
  case boolean(Bool)
  case bytes([UInt8])
  /// Kept to the microsecond.
  case timestamp(Date)
  case texts([String])
  case integers([Int])
  case doubles([Double])

  /// `text`, or `null`.
  public init(_ value: String?) { self = value.map(Parameter.text) ?? .null }
  /// `integer`, or `null`.
  public init(_ value: Int?) { self = value.map(Parameter.integer) ?? .null }
  /// `double`, or `null`.
  public init(_ value: Double?) { self = value.map(Parameter.double) ?? .null }
  /// `boolean`, or `null`.
  public init(_ value: Bool?) { self = value.map(Parameter.boolean) ?? .null }
  /// `timestamp`, or `null`.
  public init(_ value: Date?) { self = value.map(Parameter.timestamp) ?? .null }
}

extension Parameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  /// A literal.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A literal.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A literal.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A literal.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// A literal.
  public init(nilLiteral: ()) { self = .null }
}

/// Parameters laid out as libpq's `PQsendQueryParams` takes them.
struct EncodedParameters {
  private(set) var types: [UInt32] = []
  private(set) var lengths: [Int32] = []
  private(set) var formats: [Int32] = []
  private var storage: [UInt8] = []
  private var offsets: [Int?] = []

  /// - Throws: `PostgresError` of kind `usage` for text with U+0000, which Postgres cannot hold.
  init(_ parameters: [Parameter]) throws {
    for (index, parameter) in parameters.enumerated() { try append(parameter, number: index + 1) }
  }

  /// Lends the values' addresses, `nil` for null, for the time of `body`.
  func withValues<Result>(_ body: ([UnsafePointer<CChar>?]) throws -> Result) rethrows -> Result {
    try storage.withUnsafeBytes { bytes in
      let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress
      return try body(offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } })
    }
  }

  private mutating func append(_ parameter: Parameter, number: Int) throws {
    switch parameter {
    case .null: appendNull()
    case .text(let text): try append(text: text, number: number)
    case .integer(let value): try append(text: String(value), number: number)
    case .double(let value): try append(text: String(value), number: number)
    case .boolean(let value): try append(text: value ? "t" : "f", number: number)
    case .bytes(let bytes): append(binary: bytes, type: ColumnType.bytea)
    case .timestamp(let date):
      append(binary: Timestamp.bytes(date), type: ColumnType.timestamptz)
    case .texts(let texts): try append(text: "{\(texts.map(Self.element).joined(separator: ","))}", number: number)
    case .integers(let values):
      try append(text: "{\(values.map { String($0) }.joined(separator: ","))}", number: number)
    case .doubles(let values):
      try append(text: "{\(values.map { String($0) }.joined(separator: ","))}", number: number)
    }
  }

  private mutating func appendNull() {
    types.append(0)
    lengths.append(0)
    formats.append(0)
    offsets.append(nil)
  }

  private mutating func append(text: String, number: Int) throws {
    guard !text.utf8.contains(0) else {
      throw PostgresError(
        .usage, "parameter $\(number) contains U+0000, which Postgres's text cannot hold",
        hint: "Replace it by U+FFFD or send bytes")
    }
    append(Array(text.utf8) + [0], length: text.utf8.count, type: 0, format: 0)
  }

  private mutating func append(binary: [UInt8], type: UInt32) {
    // Empty bytes still need an address, or libpq takes them for null.
    append(binary.isEmpty ? [0] : binary, length: binary.count, type: type, format: 1)
  }

  private mutating func append(_ bytes: [UInt8], length: Int, type: UInt32, format: Int32) {
    types.append(type)
    lengths.append(Int32(clamping: length))
    formats.append(format)
    offsets.append(storage.count)
    storage.append(contentsOf: bytes)
  }

  /// One element of an array literal, always quoted, so that `null`, commas and braces are plain text.
  private static func element(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
