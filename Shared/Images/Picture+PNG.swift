import CImages

extension Picture {
  /// The picture as a PNG file.
  /// - Throws: `ImageError.outOfMemory`.
  public func png() throws(ImageError) -> [UInt8] {
    let (width, height) = (UInt32(width), UInt32(height))
    let capacity = cimages_png_bound(width, height)
    let file = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = cimages_encode_png(pixels, width, height, buffer.baseAddress, capacity)
    }
    guard !file.isEmpty else { throw .outOfMemory(width: self.width, height: self.height) }
    return file
  }
}
