import CZlib

/// Inflates gzip, piece by piece: members that stand one after the other, as `cat a.gz b.gz` and bgzip leave them, are
/// one text.
final class Gunzip {
  // Owned: `inflateInit2` fills it in `init`, `deinit` frees it. On the heap, because zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = true
  private static let pieceSize = 1 << 18
  /// zlib's `windowBits`: the largest window, and 16 for gzip's header.
  private static let gzipWindow: Int32 = 15 + 16

  init() throws(DatasetError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard door_inflate_init(stream, Self.gzipWindow) == Z_OK else { throw DatasetError("out of memory for zlib") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Whether a member has begun and not ended: where the file ends now, it is cut.
  var isInsideMember: Bool { !isBetweenMembers }

  /// Appends what `input` inflates to.
  /// - Throws: `DatasetError` where the bytes are damaged.
  func inflate(_ input: [UInt8], into output: inout [UInt8]) throws(DatasetError) {
    let failure = input.withUnsafeBufferPointer { buffer in
      // zlib only reads there.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: buffer.baseAddress)
      stream.pointee.avail_in = UInt32(buffer.count)
      return inflateAll(into: &output)
    }
    if let failure { throw failure }
  }

  private func inflateAll(into output: inout [UInt8]) -> DatasetError? {
    var isFull = false
    while stream.pointee.avail_in > 0 || isFull {
      if isBetweenMembers {
        skipPadding()
        guard stream.pointee.avail_in > 0 else { return nil }
        isBetweenMembers = false
      }
      var code = Z_OK
      output.append(addingCapacity: Self.pieceSize) { piece in
        stream.pointee.next_out = piece.baseAddress
        stream.pointee.avail_out = UInt32(piece.count)
        code = CZlib.inflate(stream, Z_NO_FLUSH)
        return piece.count - Int(stream.pointee.avail_out)
      }
      isFull = stream.pointee.avail_out == 0
      switch code {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isBetweenMembers = true
        isFull = false
        inflateReset(stream)
      default:
        return DatasetError("its gzip is damaged: \(stream.pointee.msg.map { String(cString: $0) } ?? "zlib \(code)")")
      }
    }
    return nil
  }

  /// Zeros may fill up a file's end, as tapes have it.
  private func skipPadding() {
    while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
  }
}

extension [UInt8] {
  /// Appends up to `count` bytes, which `fill` writes and counts.
  fileprivate mutating func append(
    addingCapacity count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int
  ) {
    self += [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = fill(UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count))
    }
  }
}
