import Crypto
import Images

/// A picture, by its pixels and sides.
struct PictureKey: Hashable {
  private let digest: SHA256Digest
  private let width: Int

  init(_ picture: Picture) {
    digest = SHA256.hash(data: picture.pixels)
    width = picture.width
  }
}
