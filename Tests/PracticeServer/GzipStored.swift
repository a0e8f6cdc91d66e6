/// A gzip member whose one block is stored as it is (RFC 1952, RFC 1951 3.2.4): any client can unpack it, and no
/// library is needed to write it.
enum GzipStored {
  /// - Parameter bytes: at most 65,535.
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    let stored = bytes.prefix(Int(UInt16.max))
    let count = UInt16(stored.count)
    var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
    member += littleEndian(count)
    member += littleEndian(~count)
    member += stored
    member += littleEndian(checksum(stored))
    member += littleEndian(UInt32(count))
    return member
  }

  /// The same bytes as zlib's format has them (RFC 1950), which HTTP calls deflate.
  static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    let stored = bytes.prefix(Int(UInt16.max))
    let count = UInt16(stored.count)
    let (low, high) = stored.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let low = (sums.0 + UInt32(byte)) % 65_521
      return (low, (sums.1 + low) % 65_521)
    }
    return [0x78, 1, 1] + littleEndian(count) + littleEndian(~count) + stored
      + littleEndian((high << 16 | low).byteSwapped)
  }

  /// A member of so many spaces and some more, in a 160th of their bytes; the checksum behind them is wrong.
  static func bomb(_ count: Int) -> [UInt8] {
    // The last block, with fixed codes: one space, then copies of 258 bytes from one byte before, then the end.
    var bits: [Bool] = [true, true, false]
    bits += code(0x50, 8)
    for _ in 0...(count / 258) { bits += code(0b1100_0101, 8) + code(0, 5) }
    bits += code(0, 7)
    let packed = stride(from: 0, to: bits.count, by: 8).map { start in
      bits[start..<min(start + 8, bits.count)].enumerated().reduce(UInt8(0)) { $0 | ($1.element ? 1 << $1.offset : 0) }
    }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + packed + [UInt8](repeating: 0, count: 8)
  }

  /// A Huffman code, its highest bit first.
  private static func code(_ value: Int, _ length: Int) -> [Bool] {
    (0..<length).reversed().map { value >> $0 & 1 == 1 }
  }

  /// CRC-32 as gzip has it.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320 }
    }
    return ~sum
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
