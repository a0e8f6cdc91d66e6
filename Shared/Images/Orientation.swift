/// How a camera was held: what has to be done to the stored pixels so that the picture stands upright. The numbers are
/// EXIF's (CIPA DC-008, tag 274).
enum Orientation: UInt16 {
  case upright = 1
  case mirrored, turnedAround, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Reads EXIF: a TIFF header, and the entries of its first directory.
  /// - Returns: `nil` where there is none, or it is broken: a picture is not lost for a wrong label.
  init?(exif bytes: UnsafeBufferPointer<UInt8>) {
    // Some programs leave JPEG's prefix before it in other formats.
    let prefix = Array("Exif\0\0".utf8)
    let reader = TIFFReader(bytes.starts(with: prefix) ? bytes[prefix.count...] : bytes[...])
    guard let reader, let directory = reader.integer(at: 4, UInt32.self),
      let entries = reader.integer(at: Int(directory), UInt16.self)
    else { return nil }
    for entry in 0..<Int(entries) {
      let start = Int(directory) + 2 + entry * 12
      guard let tag = reader.integer(at: start, UInt16.self) else { return nil }
      guard tag == 274 else { continue }
      let short: UInt16 = 3
      guard reader.integer(at: start + 2, UInt16.self) == short, let value = reader.integer(at: start + 8, UInt16.self)
      else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }

  private var swapsSides: Bool { rawValue > Self.flipped.rawValue }

  /// Copies pixels so that they stand upright.
  /// - Parameter pixels: height × width × 3.
  func apply(to pixels: UnsafePointer<UInt8>, width: Int, height: Int) -> Picture {
    let steps = steps(width, height)
    let (outWidth, outHeight) = swapsSides ? (height, width) : (width, height)
    let upright = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      count = width * height * 3
      guard self != .upright else {
        _ = buffer.update(fromContentsOf: UnsafeBufferPointer(start: pixels, count: count))
        return
      }
      var target = 0
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          let source = (steps.first + x * steps.right + y * steps.down) * 3
          for channel in 0..<3 { buffer[target + channel] = pixels[source + channel] }
          target += 3
        }
      }
    }
    return Picture(width: outWidth, height: outHeight, pixels: upright)
  }

  /// Where the upright picture's first pixel is among the stored ones, and how far it is to the next ones.
  private func steps(_ width: Int, _ height: Int) -> (first: Int, right: Int, down: Int) {
    let last = width * height - 1
    return switch self {
    case .upright: (0, 1, width)
    case .mirrored: (width - 1, -1, width)
    case .turnedAround: (last, -1, -width)
    case .flipped: (last - (width - 1), 1, -width)
    case .transposed: (0, width, 1)
    case .turnedRight: (last - (width - 1), -width, 1)
    case .transversed: (last, -width, -1)
    case .turnedLeft: (width - 1, width, -1)
    }
  }
}

/// Integers of a TIFF file, in the order of bytes that its header names.
private struct TIFFReader {
  private let bytes: Slice<UnsafeBufferPointer<UInt8>>
  private let isBigEndian: Bool

  init?(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    self.bytes = bytes
    if bytes.starts(with: "MM\0*".utf8) {
      isBigEndian = true
    } else if bytes.starts(with: "II*\0".utf8) {
      isBigEndian = false
    } else {
      return nil
    }
  }

  /// `nil` where it would stand outside.
  func integer<Value: FixedWidthInteger & UnsignedInteger>(at offset: Int, _: Value.Type) -> Value? {
    let size = Value.bitWidth / 8
    guard offset + size <= bytes.count else { return nil }
    let part = bytes.dropFirst(offset).prefix(size)
    return part.enumerated().reduce(0) { value, byte in
      value | Value(byte.element) << (8 * (isBigEndian ? size - 1 - byte.offset : byte.offset))
    }
  }
}
