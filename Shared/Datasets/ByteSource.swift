/// The bytes of a file or of standard input from front to back, gzip inflated, in memory that does not grow with the
/// file: what was read and is not done with yet, and a piece more.
final class ByteSource {
  /// What is at hand; `[start...]` is not done with.
  private(set) var bytes: [UInt8] = []
  /// The first byte that is not done with.
  private(set) var start = 0
  /// Whether everything is at hand.
  private(set) var isAtEnd = false
  /// Bytes read of the file, before they were inflated: how far it is.
  private(set) var bytesRead = 0
  /// Whether reading on would wait for somebody to write, with no whole line at hand.
  var mustWait: Bool { !isAtEnd && !isReadable() && !bytes[start...].contains(.lineFeed) }
  private let read: (Int) throws(DatasetError) -> [UInt8]
  private let isReadable: () -> Bool
  private var gunzip: Gunzip?
  /// A piece of gzip may inflate to a thousand times as much, so it is small.
  private static let pieceSize = 1 << 16

  /// - Parameters:
  ///   - isReadable: whether there are bytes, or the end, without waiting.
  ///   - read: gives at most so many of the next bytes, none at the end.
  init(
    isReadable: @escaping () -> Bool = { true }, _ read: @escaping (Int) throws(DatasetError) -> [UInt8]
  ) throws(DatasetError) {
    self.isReadable = isReadable
    self.read = read
    while bytes.count < 4, !isAtEnd { try refill() }
    if bytes.starts(with: [0x1f, 0x8b]) {
      let compressed = bytes
      bytes = []
      gunzip = try Gunzip()
      try add(compressed)
    }
    while bytes.count < 4, !isAtEnd { try refill() }
    try refuseOtherFormats()
    if bytes.starts(with: byteOrderMark) { start = byteOrderMark.count }
  }

  /// The first byte that is not white space; `nil` where there is none.
  func firstVisibleByte() throws(DatasetError) -> UInt8? {
    while true {
      if let byte = bytes[start...].first(where: { $0 > UInt8(ascii: " ") }) { return byte }
      if isAtEnd || bytes.count - start > FileRecord.maximumBytes { return nil }
      try refill()
    }
  }

  /// Reads a piece more.
  func refill() throws(DatasetError) {
    guard !isAtEnd else { return }
    // What is done with goes once it is the larger part, so that moving the rest costs a constant share.
    if start > bytes.count / 2 {
      bytes.removeSubrange(..<start)
      start = 0
    }
    let piece = try read(Self.pieceSize)
    isAtEnd = piece.isEmpty
    bytesRead += piece.count
    if isAtEnd, gunzip?.isInsideMember == true {
      throw DatasetError("its gzip ends in the middle: the file is cut; copy it again")
    }
    try add(piece)
  }

  /// Is done with all before `index`.
  func advance(to index: Int) { start = index }

  private func add(_ piece: [UInt8]) throws(DatasetError) {
    if let gunzip { try gunzip.inflate(piece, into: &bytes) } else { bytes += piece }
  }

  private func refuseOtherFormats() throws(DatasetError) {
    for (magic, what) in Self.otherFormats where bytes.starts(with: magic) { throw DatasetError(what) }
    // Without a mark every second byte of plain text is 0.
    if bytes.prefix(4).contains(0) {
      throw DatasetError("is UTF-16 or no text: make it UTF-8 with iconv -f UTF-16LE -t UTF-8")
    }
  }

  private static let otherFormats: [(magic: [UInt8], what: String)] = [
    ([0xff, 0xfe], "is UTF-16: make it UTF-8 with iconv -f UTF-16 -t UTF-8"),
    ([0xfe, 0xff], "is UTF-16: make it UTF-8 with iconv -f UTF-16 -t UTF-8"),
    (Array("PK\u{3}\u{4}".utf8), "is a zip archive or a spreadsheet: unpack it, or save it as CSV"),
    (Array("PAR1".utf8), "is Parquet: write it as JSON Lines or CSV"),
    ([0x28, 0xb5, 0x2f, 0xfd], "is compressed with zstd: unpack it, or compress it with gzip"),
    (Array("BZh".utf8), "is compressed with bzip2: unpack it, or compress it with gzip"),
    ([0xfd] + Array("7zXZ".utf8), "is compressed with xz: unpack it, or compress it with gzip"),
  ]
}

/// U+FEFF, which some programs put before UTF-8.
let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

extension ByteSource {
  /// The bytes of an open file, a pipe or a terminal, as they come.
  convenience init(_ file: OpenFile) throws(DatasetError) {
    try self.init(isReadable: { file.isReadable }) { (count: Int) throws(DatasetError) in try file.piece(of: count) }
  }

  /// Bytes in memory.
  convenience init(_ data: [UInt8]) throws(DatasetError) {
    var rest = data[...]
    try self.init { (count: Int) throws(DatasetError) in
      defer { rest = rest.dropFirst(count) }
      return [UInt8](rest.prefix(count))
    }
  }
}
