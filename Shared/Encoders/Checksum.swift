/// FNV-1a over 64-bit words: tells models apart in a version's name; no protection against intent.
package struct Checksum: CustomStringConvertible {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    while position + 8 <= bytes.count {
      append(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    for byte in bytes[position...] { append(UInt64(byte)) }
  }

  package mutating func append(_ text: String) { for byte in text.utf8 { append(UInt64(byte)) } }

  private mutating func append(_ word: UInt64) { state = (state ^ word) &* 0x0000_0100_0000_01b3 }

  /// Eight hexadecimal digits.
  package var description: String {
    let digits = String(UInt32(truncatingIfNeeded: state ^ (state >> 32)), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
