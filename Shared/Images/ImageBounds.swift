/// What a picture's file may ask for. Bytes are counted, and width and height read from the header, before anything is
/// decoded or allocated.
public struct ImageBounds: Sendable, Equatable {
  /// Bytes of the file, at most.
  public var maximumBytes: Int
  /// Width × height, at most. Decoding takes 3 to 12 bytes a pixel.
  public var maximumPixels: Int
  /// Width and height, at least: a picture of one pixel shows nothing, and is what broken programs send.
  public var minimumSide: Int

  /// As wide as settings may be: for files that were held against the settings before.
  public static let widest = ImageBounds(maximumBytes: 256 << 20, maximumPixels: 500_000_000)

  /// 20 MiB, 50 million pixels, and 2 pixels a side, unless said.
  public init(maximumBytes: Int = 20 << 20, maximumPixels: Int = 50_000_000, minimumSide: Int = 2) {
    self.maximumBytes = maximumBytes
    self.maximumPixels = maximumPixels
    self.minimumSide = minimumSide
  }
}
