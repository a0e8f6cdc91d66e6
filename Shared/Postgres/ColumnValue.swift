import Foundation

/// Object identifiers of the types this module reads and writes (`pg_type.dat`).
enum ColumnType {
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let oid: UInt32 = 26
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let timestamptz: UInt32 = 1184
  static let date: UInt32 = 1082
  static let numeric: UInt32 = 1700
  static let jsonb: UInt32 = 3802
  static let xid8: UInt32 = 5069
  static let text: UInt32 = 25
  static let texts: UInt32 = 1009
  static let int8s: UInt32 = 1016
  static let float8s: UInt32 = 1022
  /// name, text, json, unknown, char(n), varchar, regtype's kin are sent as their characters.
  static let characters: Set<UInt32> = [18, 19, 25, 114, 705, 1042, 1043]

  static let names: [UInt32: String] = [
    16: "boolean", 17: "bytea", 18: "\"char\"", 19: "name", 20: "bigint", 21: "smallint", 23: "integer", 25: "text",
    26: "oid", 114: "json", 700: "real", 701: "double precision", 1000: "boolean[]", 1005: "smallint[]",
    1007: "integer[]", 1009: "text[]", 1015: "varchar[]", 1016: "bigint[]", 1021: "real[]",
    1022: "double precision[]", 1042: "character", 1043: "varchar", 1082: "date", 1114: "timestamp",
    1184: "timestamptz", 1186: "interval", 1700: "numeric", 2278: "void", 2950: "uuid", 3802: "jsonb", 5069: "xid8",
  ]
}

/// One field of a row, in Postgres's binary format, valid while its `Rows` lives.
public struct Cell {
  let bytes: UnsafeRawBufferPointer
  let type: UInt32

  /// Bytes as a big-endian integer of the whole cell's width; `nil` where the widths differ.
  func integer<Value: FixedWidthInteger>(_: Value.Type, at offset: Int = 0) -> Value? {
    guard offset >= 0, offset + MemoryLayout<Value>.size <= bytes.count else { return nil }
    return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}

/// A type that a column can be read as.
public protocol ColumnValue {
  /// The value, or `nil` where the column's type does not hold one of this kind.
  init?(cell: Cell)
  /// The value of a null; `nil` where null is an error.
  static var null: Self? { get }
}

extension ColumnValue {
  /// Null is an error unless a type says otherwise.
  public static var null: Self? { nil }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  /// The wrapped type's value.
  public init?(cell: Cell) {
    guard let value = Wrapped(cell: cell) else { return nil }
    self = .some(value)
  }
  /// Null is `nil`.
  public static var null: Self? { .some(.none) }
}

extension Bool: ColumnValue {
  /// From boolean.
  public init?(cell: Cell) {
    guard cell.type == ColumnType.bool, let first = cell.bytes.first else { return nil }
    self = first != 0
  }
}

extension Int: ColumnValue {
  /// From smallint, integer, bigint, oid, xid8, and whole numeric.
  public init?(cell: Cell) {
    let value: Int? =
      switch cell.type {
      case ColumnType.int2: cell.integer(Int16.self).map(Int.init)
      case ColumnType.int4: cell.integer(Int32.self).map(Int.init)
      case ColumnType.int8: cell.integer(Int64.self).map(Int.init)
      case ColumnType.oid: cell.integer(UInt32.self).map(Int.init)
      case ColumnType.xid8: cell.integer(UInt64.self).flatMap(Int.init(exactly:))
      case ColumnType.numeric: Numeric.double(cell).flatMap(Int.init(exactly:))
      default: nil
      }
    guard let value else { return nil }
    self = value
  }
}

extension Double: ColumnValue {
  /// From real, double precision, numeric and the integers.
  public init?(cell: Cell) {
    let value: Double? =
      switch cell.type {
      case ColumnType.float8: cell.integer(UInt64.self).map(Double.init(bitPattern:))
      case ColumnType.float4: cell.integer(UInt32.self).map { Double(Float(bitPattern: $0)) }
      case ColumnType.numeric: Numeric.double(cell)
      default: Int(cell: cell).map(Double.init)
      }
    guard let value else { return nil }
    self = value
  }
}

extension Float: ColumnValue {
  /// As `Double`, rounded.
  public init?(cell: Cell) {
    guard let value = Double(cell: cell) else { return nil }
    self = Float(value)
  }
}

extension String: ColumnValue {
  /// From text, varchar, char, name, json, jsonb.
  public init?(cell: Cell) {
    switch cell.type {
    case let type where ColumnType.characters.contains(type):
      self = String(decoding: cell.bytes, as: UTF8.self)
    case ColumnType.jsonb:
      // A version byte, always 1, goes before the text.
      self = String(decoding: cell.bytes.dropFirst(), as: UTF8.self)
    default: return nil
    }
  }
}

extension Date: ColumnValue {
  /// From timestamptz, and date as its midnight in UTC.
  public init?(cell: Cell) {
    switch cell.type {
    case ColumnType.timestamptz:
      guard let microseconds = cell.integer(Int64.self) else { return nil }
      self = Timestamp.date(microseconds)
    case ColumnType.date:
      guard let days = cell.integer(Int32.self) else { return nil }
      // A date reaches beyond what microseconds hold; its extremes are infinity, too.
      let (microseconds, isBeyond) = Int64(days).multipliedReportingOverflow(by: 86_400_000_000)
      self = isBeyond ? (days > 0 ? .distantFuture : .distantPast) : Timestamp.date(microseconds)
    default: return nil
    }
  }
}

extension Array: ColumnValue where Element: ColumnValue {
  /// Bytes for `[UInt8]`; else a one-dimensional array. Postgres sends: dimensions, has-null, element type, length,
  /// lower bound, then each element's length and bytes.
  public init?(cell: Cell) {
    if Element.self == UInt8.self {
      guard cell.type == ColumnType.bytea, let bytes = [UInt8](cell.bytes) as? [Element] else { return nil }
      self = bytes
      return
    }
    guard let elements = ArrayCells(cell) else { return nil }
    var values: [Element] = []
    values.reserveCapacity(elements.count)
    for element in elements.cells {
      guard let value = element.map({ Element(cell: $0) }) ?? Element.null else { return nil }
      values.append(value)
    }
    self = values
  }
}

extension UInt8: ColumnValue {
  /// A byte alone is no column; it makes `[UInt8]` the type of `bytea`.
  public init?(cell: Cell) { nil }
}

/// The elements of a one-dimensional array.
private struct ArrayCells {
  var cells: [Cell?] = []
  var count: Int { cells.count }

  init?(_ cell: Cell) {
    // Only types whose name ends in [] have this layout.
    guard ColumnType.names[cell.type]?.hasSuffix("[]") == true, let dimensions = cell.integer(Int32.self),
      let type = cell.integer(UInt32.self, at: 8)
    else { return nil }
    if dimensions == 0 { return }
    guard dimensions == 1, let length = cell.integer(Int32.self, at: 12), length >= 0 else { return nil }
    var offset = 20
    for _ in 0..<length {
      guard let width = cell.integer(Int32.self, at: offset) else { return nil }
      offset += 4
      guard width >= 0 else {
        cells.append(nil)
        continue
      }
      let end = offset + Int(width)
      guard end <= cell.bytes.count else { return nil }
      cells.append(Cell(bytes: UnsafeRawBufferPointer(rebasing: cell.bytes[offset..<end]), type: type))
      offset = end
    }
  }
}

/// Postgres counts microseconds from 2000-01-01 00:00 UTC.
enum Timestamp {
  /// 2000-01-01 in seconds since 1970.
  private static let epoch = 946_684_800.0

  static func date(_ microseconds: Int64) -> Date {
    switch microseconds {
    case .max: .distantFuture
    case .min: .distantPast
    default: Date(timeIntervalSince1970: epoch + Double(microseconds) / 1_000_000)
    }
  }

  /// Rounded to the microsecond; what Postgres cannot hold becomes its infinity.
  static func microseconds(_ date: Date) -> Int64 {
    let exact = ((date.timeIntervalSince1970 - epoch) * 1_000_000).rounded()
    // Postgres ends in the year 294276; it reads the two extremes as infinity.
    guard exact < 9.2e18 else { return .max }
    guard exact > -2.1e17 else { return .min }
    return Int64(exact)
  }

  static func bytes(_ date: Date) -> [UInt8] {
    withUnsafeBytes(of: microseconds(date).bigEndian) { Array($0) }
  }
}

/// Postgres's `numeric`: base-10000 digits, the weight of the first, a sign, a display scale.
private enum Numeric {
  static func double(_ cell: Cell) -> Double? {
    guard let count = cell.integer(Int16.self), let weight = cell.integer(Int16.self, at: 2),
      let sign = cell.integer(UInt16.self, at: 4)
    else { return nil }
    switch sign {
    case 0xC000: return .nan
    case 0xD000: return .infinity
    case 0xF000: return -.infinity
    default: break
    }
    var digits = ""
    for index in 0..<Int(count) {
      guard let digit = cell.integer(Int16.self, at: 8 + 2 * index) else { return nil }
      let text = String(digit)
      digits += String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
    // The digits as one integer, shifted: parsed as decimal so that the nearest double is found.
    let exponent = 4 * (Int(weight) - Int(count) + 1)
    return Double((sign == 0x4000 ? "-" : "") + (digits.isEmpty ? "0" : digits) + "e\(exponent)")
  }
}
