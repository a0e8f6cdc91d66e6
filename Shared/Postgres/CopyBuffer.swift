import Foundation

/// Rows in Postgres's binary COPY format, written into one buffer that is kept from batch to batch.
///
/// Binary needs no escaping and is parsed faster than text; the columns' types must be exactly those that are written
/// (`append(_: Int64)` for bigint, `append(_: Int32)` for integer …).
///
///     var buffer = CopyBuffer()
///     buffer.row { row in
///       row.append("clinc150")
///       row.append(Int64(7))
///     }
///     try await connection.transaction { try $0.copy(into: "results", columns: ["task", "id"], from: buffer) }
public struct CopyBuffer: Sendable {
  /// Signature, flags, extension length: 19 bytes.
  private static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
  /// A row of -1 columns ends the data.
  static let trailer: [UInt8] = [0xFF, 0xFF]

  var bytes = header
  private var columns: Int16 = 0
  /// Rows written since the last `removeAll`.
  public private(set) var rowCount = 0
  /// U+0000 that were replaced by U+FFFD since the last `removeAll`.
  public private(set) var replacedNulls = 0

  /// An empty buffer.
  public init() {}

  /// Bytes that will travel.
  public var byteCount: Int { bytes.count + Self.trailer.count }

  /// Forgets the rows, keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: Self.header)
    (rowCount, replacedNulls) = (0, 0)
  }

  /// Writes one row, column by column; nothing of it stays where `body` throws.
  public mutating func row(_ body: (inout CopyBuffer) throws -> Void) rethrows {
    let start = bytes.count
    let nulls = replacedNulls
    columns = 0
    append(raw: Int16(0))
    do { try body(&self) } catch {
      bytes.removeSubrange(start...)
      replacedNulls = nulls
      throw error
    }
    bytes[start] = UInt8(truncatingIfNeeded: columns >> 8)
    bytes[start + 1] = UInt8(truncatingIfNeeded: columns)
    rowCount += 1
  }

  /// SQL's null.
  public mutating func appendNull() { append(length: -1) }

  /// A text column. Postgres's text cannot hold U+0000: it becomes U+FFFD and is counted.
  public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(validUTF8: UnsafeRawBufferPointer($0)) }
  }

  /// A text column, null for `nil`.
  public mutating func append(_ text: String?) {
    if let text { append(text) } else { appendNull() }
  }

  /// A text column from bytes.
  /// - Throws: `PostgresError` of kind `usage` where they are not UTF-8, with the offset of the first bad byte.
  public mutating func append(utf8 text: some Collection<UInt8>) throws {
    var iterator = Unicode.UTF8.ForwardParser()
    var source = text.makeIterator()
    var offset = 0
    scan: while true {
      switch iterator.parseScalar(from: &source) {
      case .valid(let scalar): offset += scalar.count
      case .emptyInput: break scan
      case .error: throw PostgresError(.usage, "text is not UTF-8 at byte \(offset)", hint: "Send it as bytes")
      }
    }
    Array(text).withUnsafeBytes { append(validUTF8: $0) }
  }

  /// A jsonb column; `json` is checked by the server.
  public mutating func append(json: String) {
    var json = json
    json.withUTF8 { text in
      append(length: text.count + 1)
      // jsonb's binary form has version 1.
      bytes.append(1)
      bytes.append(contentsOf: text)
    }
  }

  /// A bytea column.
  public mutating func append(bytes value: some Collection<UInt8>) {
    append(length: value.count)
    bytes.append(contentsOf: value)
  }

  /// A bigint column.
  public mutating func append(_ value: Int64) {
    append(length: 8)
    append(raw: value)
  }

  /// An integer column.
  public mutating func append(_ value: Int32) {
    append(length: 4)
    append(raw: value)
  }

  /// A smallint column.
  public mutating func append(_ value: Int16) {
    append(length: 2)
    append(raw: value)
  }

  /// A double precision column.
  public mutating func append(_ value: Double) {
    append(length: 8)
    append(raw: value.bitPattern)
  }

  /// A real column, null for `nil`.
  public mutating func append(_ value: Float?) {
    if let value { append(value) } else { appendNull() }
  }

  /// A real column.
  public mutating func append(_ value: Float) {
    append(length: 4)
    append(raw: value.bitPattern)
  }

  /// A boolean column.
  public mutating func append(_ value: Bool) {
    append(length: 1)
    bytes.append(value ? 1 : 0)
  }

  /// A timestamptz column, null for `nil`.
  public mutating func append(_ value: Date?) {
    if let value { append(value) } else { appendNull() }
  }

  /// A timestamptz column, to the microsecond.
  public mutating func append(_ value: Date) {
    append(length: 8)
    append(raw: Timestamp.microseconds(value))
  }

  /// A real[] column.
  public mutating func append(_ values: [Float]) {
    appendArray(values, of: ColumnType.float4) { value, bytes in
      bytes.append(bigEndian: Int32(4))
      bytes.append(bigEndian: value.bitPattern)
    }
  }

  /// A text[] column; U+0000 as in a text column.
  public mutating func append(_ values: [String]) {
    var nulls = 0
    appendArray(values, of: ColumnType.text) { nulls += $1.append(lengthAndText: $0) }
    replacedNulls += nulls
  }

  // MARK: The format

  private mutating func append(length: Int) {
    columns += 1
    append(raw: Int32(clamping: length))
  }

  private mutating func append(raw value: some FixedWidthInteger) { bytes.append(bigEndian: value) }

  private mutating func append(validUTF8 text: UnsafeRawBufferPointer) {
    columns += 1
    replacedNulls += bytes.append(lengthAndText: text)
  }

  private mutating func appendArray<Element>(
    _ values: [Element], of type: UInt32, _ element: (Element, inout [UInt8]) -> Void
  ) {
    let field = bytes.count
    append(length: 0)
    bytes.append(array: values, of: type, element)
    let length = UInt32(truncatingIfNeeded: bytes.count - field - 4)
    for index in 0..<4 { bytes[field + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
  }
}
