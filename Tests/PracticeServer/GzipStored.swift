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
