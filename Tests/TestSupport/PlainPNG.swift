/// A PNG file of one colour, its pixels stored as they are (RFC 2083, RFC 1951 3.2.4): any decoder reads it, and no library
/// is needed to write it.
public enum PlainPNG {
  /// - Parameters:
  ///   - colour: red, green, blue.
  ///   - width: at most 255.
  ///   - height: at most 80.
  public static func file(_ colour: [UInt8], width: Int = 8, height: Int = 8) -> [UInt8] {
    let row: [UInt8] = [0] + [[UInt8]](repeating: Array(colour.prefix(3)), count: width).joined()
    let pixels = Array([[UInt8]](repeating: row, count: height).joined())
    let count = UInt16(pixels.count)
    let stored: [UInt8] = [
      0x78, 0x01, 1, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8),
    ]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [8, 2, 0, 0, 0])
      + chunk("IDAT", stored + pixels + bytes(adler(pixels))) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return bytes(UInt32(data.count)) + body + bytes(checksum(body))
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let low = (sums.0 + UInt32(byte)) % 65_521
      return (low, (sums.1 + low) % 65_521)
    }
    return high << 16 | low
  }

  /// CRC-32.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
