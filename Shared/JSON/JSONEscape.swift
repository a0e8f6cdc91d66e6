/// Which bytes a JSON string cannot hold as they are, and how it holds them.
enum JSONEscape {
  /// Whether a byte of UTF-8 must be escaped.
  @inline(__always)
  static func isNeeded(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// The index of the first byte that must be escaped; the text's count where none must.
  static func first(in text: UnsafeBufferPointer<UInt8>) -> Int {
    let bytes = UnsafeRawBufferPointer(text)
    var index = 0
    // Eight bytes at once, while none of them can be one (Bit Twiddling Hacks, "a byte less than n", "a zero byte").
    while index + 8 <= bytes.count, !isNeeded(inAnyOf: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
      index += 8
    }
    while index < text.count, !isNeeded(text[index]) { index += 1 }
    return index
  }

  @inline(__always)
  private static func isNeeded(inAnyOf eight: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = eight ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslash = eight ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let control = (eight &- (ones &* 0x20)) & ~eight
    return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & (ones << 7) != 0
  }

  /// Appends the escape of a byte that needs one.
  static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
    case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
    case 0..<0x20:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(hexadecimal(byte >> 4))
      bytes.append(hexadecimal(byte & 15))
    default: bytes.append(byte)
    }
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
