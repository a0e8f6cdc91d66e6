import Content
import Images

/// What a batch's images decode to, once for all networks of a cascade; one caller at a time.
public final class PictureScratch {
  private let decoder = ImageDecoder(bounds: .widest)
  /// [inputs]; `nil` for what nobody has asked for yet.
  private var pictures: [Picture?] = []

  init() {}

  /// A batch of `count` inputs begins.
  /// - Parameter decoded: the pictures of all of them, where they were decoded before; else empty.
  func begin(_ count: Int, decoded: [Picture]) {
    pictures.removeAll(keepingCapacity: true)
    if decoded.count == count { pictures.append(contentsOf: decoded) }
    pictures.append(contentsOf: repeatElement(nil, count: count - pictures.count))
  }

  /// The picture of one of the batch's inputs.
  /// - Throws: `ImageError` where the image is none that can be read; `SmallModelError` where there is no image, or only
  ///   its address: who asks a network has fetched it.
  public func picture(_ row: Int, of inputs: [Input]) throws -> Picture {
    if let picture = pictures[row] { return picture }
    guard case .data(let bytes, _) = inputs[row].image else {
      throw SmallModelError(
        inputs[row].image == nil
          ? "input \(row) has no image, which the network reads"
          : "the image of input \(row) is an address; it must be fetched before a network reads it")
    }
    let picture = try decoder.decode(bytes)
    pictures[row] = picture
    return picture
  }
}
