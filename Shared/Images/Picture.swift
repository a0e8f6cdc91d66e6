/// A decoded picture.
public struct Picture: Sendable, Equatable {
  /// Pixels from left to right; at least 1.
  public let width: Int
  /// Pixels from top to bottom; at least 1.
  public let height: Int
  /// height × width × 3: red, green and blue, 0 … 255 (sRGB as it stands in the file), row after row from the top.
  public let pixels: [UInt8]

  /// A picture of given pixels, which must be width × height × 3.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels must be width x height x 3")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  /// The middle of it; a side that is longer than the picture's is cut to that.
  public func centreCropped(width: Int, height: Int) -> Picture {
    let (width, height) = (min(max(width, 1), self.width), min(max(height, 1), self.height))
    guard width < self.width || height < self.height else { return self }
    let (left, top) = ((self.width - width) / 2, (self.height - height) / 2)
    let rows = (top..<top + height).map { ($0 * self.width + left) * 3 }
    let cropped = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      pixels.withUnsafeBufferPointer { pixels in
        for start in rows {
          let row = UnsafeBufferPointer(rebasing: pixels[start..<start + width * 3])
          _ = UnsafeMutableBufferPointer(rebasing: buffer[count...]).update(fromContentsOf: row)
          count += row.count
        }
      }
    }
    return Picture(width: width, height: height, pixels: cropped)
  }
}
