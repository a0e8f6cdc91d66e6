import Foundation

/// Postgres's binary format of values: nothing in it needs quoting, whatever a text holds.
extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  /// Appends length and text. Postgres's text cannot hold U+0000: it becomes U+FFFD.
  /// - Returns: how many were replaced.
  @discardableResult
  mutating func append(lengthAndText text: UnsafeRawBufferPointer) -> Int {
    guard let start = text.baseAddress, memchr(start, 0, text.count) != nil else {
      append(bigEndian: Int32(clamping: text.count))
      append(contentsOf: text)
      return 0
    }
    let nulls = text.count { $0 == 0 }
    append(bigEndian: Int32(clamping: text.count + 2 * nulls))
    for byte in text { if byte == 0 { append(contentsOf: [0xEF, 0xBF, 0xBD]) } else { append(byte) } }
    return nulls
  }

  @discardableResult
  mutating func append(lengthAndText text: String) -> Int {
    var text = text
    return text.withUTF8 { append(lengthAndText: UnsafeRawBufferPointer($0)) }
  }

  /// Appends an array: dimensions, has-null, element type, for the one dimension its length and lower bound, then the
  /// elements; see `array_recv`.
  /// - Parameter element: appends an element's length and bytes.
  mutating func append<Item>(
    array values: [Item], of type: UInt32, _ element: (Item, inout [UInt8]) -> Void
  ) {
    append(bigEndian: Int32(values.isEmpty ? 0 : 1))
    append(bigEndian: Int32(0))
    append(bigEndian: type)
    if !values.isEmpty {
      append(bigEndian: Int32(clamping: values.count))
      append(bigEndian: Int32(1))
    }
    for value in values { element(value, &self) }
  }
}
