import Foundation

/// A value for `$n`. It travels beside the statement, never inside it, so that no text can become SQL.
///
/// The server infers a single value's type from where `$n` stands; write `$1::float8` where nothing tells it. Arrays
/// travel in binary as `text[]`, `bigint[]` and `double precision[]`. Postgres's text cannot hold U+0000: it becomes
/// U+FFFD, as in `CopyBuffer`.
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

  init(_ parameters: [Parameter]) {
    for parameter in parameters { append(parameter) }
  }

  /// Lends the values' addresses, `nil` for null, for the time of `body`.
  func withValues<Result>(_ body: ([UnsafePointer<CChar>?]) throws -> Result) rethrows -> Result {
    try storage.withUnsafeBytes { bytes in
      let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress
      return try body(offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } })
    }
  }

  private mutating func append(_ parameter: Parameter) {
    switch parameter {
    case .null: appendNull()
    case .text(let text): append(text: text)
    case .integer(let value): append(text: String(value))
    case .double(let value): append(text: String(value))
    case .boolean(let value): append(text: value ? "t" : "f")
    case .bytes(let bytes): append(type: ColumnType.bytea) { $0 += bytes }
    case .timestamp(let date): append(type: ColumnType.timestamptz) { $0 += Timestamp.bytes(date) }
    case .texts(let texts):
      append(type: ColumnType.texts) { storage in
        storage.append(array: texts, of: ColumnType.text) { $1.append(lengthAndText: $0) }
      }
    case .integers(let values):
      append(type: ColumnType.int8s) { storage in
        storage.append(array: values, of: ColumnType.int8) { value, bytes in
          bytes.append(bigEndian: Int32(8))
          bytes.append(bigEndian: Int64(value))
        }
      }
    case .doubles(let values):
      append(type: ColumnType.float8s) { storage in
        storage.append(array: values, of: ColumnType.float8) { value, bytes in
          bytes.append(bigEndian: Int32(8))
          bytes.append(bigEndian: value.bitPattern)
        }
      }
    }
  }

  private mutating func appendNull() { append(length: 0, type: 0, format: 0, offset: nil) }

  /// As characters, so that the server may infer any type; ends with the zero that libpq asks for.
  private mutating func append(text: String) {
    let offset = storage.count
    for byte in text.utf8 { if byte == 0 { storage += [0xEF, 0xBF, 0xBD] } else { storage.append(byte) } }
    append(length: storage.count - offset, type: 0, format: 0, offset: offset)
    storage.append(0)
  }

  private mutating func append(type: UInt32, binary: (inout [UInt8]) -> Void) {
    let offset = storage.count
    binary(&storage)
    append(length: storage.count - offset, type: type, format: 1, offset: offset)
    // Empty bytes still need an address, or libpq takes them for null.
    storage.append(0)
  }

  private mutating func append(length: Int, type: UInt32, format: Int32, offset: Int?) {
    types.append(type)
    lengths.append(Int32(clamping: length))
    formats.append(format)
    offsets.append(offset)
  }
}
