import Crypto
import Images

/// A picture, by its pixels and sides.
struct PictureKey: Hashable {
  /// Bytes of a key in a file.
  static let byteCount = 40

  /// SHA-256 of the pixels.
  private let digest: SIMD4<UInt64>
  private let width: UInt64

  init(_ picture: Picture) {
    digest = SHA256.hash(data: picture.pixels).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    width = UInt64(picture.width)
  }

  /// A key as a file has it, `byteCount` bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    digest = bytes.loadUnaligned(as: SIMD4<UInt64>.self)
    width = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
  }

  /// The key as a file has it.
  var bytes: [UInt8] { withUnsafeBytes(of: digest, Array.init) + withUnsafeBytes(of: width, Array.init) }
}
