/// What the fast way does with a byte: one of three classes, or else the byte as the vocabulary has it.
enum ByteClass {
  static let space: UInt8 = 1
  static let punctuation: UInt8 = 2
  /// Control characters and everything beyond ASCII: the word that holds it takes the exact way.
  static let other: UInt8 = 3
  /// Values from here on are letters, digits and what else makes up words.
  static let firstWordByte: UInt8 = 4

  static let table: [UInt8] = (0...UInt8.max).map { byte in
    switch byte {
    case 0x09, 0x0A, 0x0D, 0x20: space
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: punctuation
    case 0x41...0x5A: byte + 0x20
    case 0x30...0x39, 0x61...0x7A: byte
    default: other
    }
  }

  /// The same for a cased vocabulary: letters stay as they are.
  static let casedTable: [UInt8] = table.enumerated().map { byte, value in
    (0x41...0x5A).contains(byte) ? UInt8(byte) : value
  }
}
