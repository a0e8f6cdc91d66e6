import CZlib
import Foundation
import Images

extension Decoder {
  /// Pictures: the fixtures of the decoder's own tests are what inputs are made from.
  package static let pictures: [Decoder] =
    ImageFormat.allCases.map { format in
      Decoder("\(format)", seeds: PictureSeeds.files(format)) { _ = try ImageDecoder().decode($0) }
    } + [
      // A change is nearly always refused by its chunk's checksum: mended, it goes further in.
      Decoder("PNG behind its checksums", seeds: PictureSeeds.files(.png)) { bytes in
        _ = try ImageDecoder().decode(PNGChecksums.mended(bytes))
      },
      Decoder("picture resized", seeds: PictureSeeds.files(.jpeg)) { bytes in
        let picture = try ImageDecoder(bounds: ImageBounds(maximumPixels: 10_000)).decode(bytes)
        let side = 1 + Int(bytes.last ?? 0) % 64
        let resized = picture.resized(width: side, height: 65 - side, filter: side % 2 == 0 ? .bicubic : .bilinear)
        _ = resized.centreCropped(width: side / 2, height: side)
      },
    ]
}

private enum PictureSeeds {
  static func files(_ format: ImageFormat) -> [[UInt8]] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../ImagesTests/Fixtures")
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      return try names.filter { $0.hasSuffix(".\(format.rawValue.lowercased())") }
        .map { try [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    } catch { fatalError("the pictures to begin with cannot be read: \(error)") }
  }
}

private enum PNGChecksums {
  /// The file with each chunk's checksum as it should be, as far as there are chunks.
  static func mended(_ bytes: [UInt8]) -> [UInt8] {
    var (mended, start) = (bytes, 8)
    while start + 12 <= mended.count {
      let length = mended[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= mended.count - start - 12 else { break }
      let sum = mended.withUnsafeBufferPointer { bytes in
        crc32(0, bytes.baseAddress.map { $0 + start + 4 }, UInt32(length + 4))
      }
      for place in 0..<4 { mended[start + 8 + length + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * place)) }
      start += length + 12
    }
    return mended
  }
}
