import CImages

/// Decodes PNG, JPEG and WebP files that strangers sent. Whatever the bytes are, it gives a picture or says what is
/// wrong with them.
public struct ImageDecoder: Sendable {
  /// What a file may ask for.
  public let bounds: ImageBounds

  /// A decoder within bounds.
  public init(bounds: ImageBounds = ImageBounds()) { self.bounds = bounds }

  /// Decodes a file: to 8 bits a channel, transparency laid on white, turned as its EXIF orientation says.
  ///
  /// Broken EXIF counts as none. Colour profiles and gamma are not applied.
  /// - Throws: `ImageError`.
  public func decode(_ bytes: [UInt8]) throws(ImageError) -> Picture {
    guard bytes.count <= bounds.maximumBytes else {
      throw .tooManyBytes(bytes.count, limit: bounds.maximumBytes)
    }
    let format = try ImageFormat(of: bytes)
    var decoded = format.decode(bytes, limits)
    // The decoder's buffers are freed here and nowhere else.
    defer { cimages_release(&decoded) }
    guard decoded.status == CImagesDecoded, let pixels = decoded.pixels else { throw error(decoded, format) }
    let exif = UnsafeBufferPointer(start: decoded.exif, count: decoded.exif_count)
    let orientation = Orientation(exif: exif) ?? .upright
    return orientation.apply(to: pixels, width: Int(decoded.width), height: Int(decoded.height))
  }

  private var limits: CImagesBounds {
    CImagesBounds(
      maximum_pixels: UInt64(max(bounds.maximumPixels, 0)), minimum_side: UInt32(clamping: bounds.minimumSide))
  }

  private func error(_ decoded: CImagesPicture, _ format: ImageFormat) -> ImageError {
    let (width, height) = (Int(decoded.width), Int(decoded.height))
    switch decoded.status {
    case CImagesTruncated: return .truncated(format)
    case CImagesAnimated: return .animated(format)
    case CImagesTooLarge: return .tooManyPixels(width: width, height: height, limit: bounds.maximumPixels)
    case CImagesTooSmall: return .tooSmall(width: width, height: height, minimum: bounds.minimumSide)
    case CImagesOutOfMemory: return .outOfMemory(width: width, height: height)
    default:
      var reason = decoded.reason
      let words = withUnsafeBytes(of: &reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      return .broken(format, words)
    }
  }
}

extension ImageFormat {
  fileprivate func decode(_ bytes: [UInt8], _ bounds: CImagesBounds) -> CImagesPicture {
    switch self {
    case .png: cimages_decode_png(bytes, bytes.count, bounds)
    case .jpeg: cimages_decode_jpeg(bytes, bytes.count, bounds)
    case .webp: cimages_decode_webp(bytes, bytes.count, bounds)
    }
  }
}
