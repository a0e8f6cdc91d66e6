import CImages

/// Resizes pictures, and keeps what it needs for that from one to the next.
public struct PictureResizer: Sendable {
  private struct Axis: Hashable {
    let length: Int
    let target: Int
    let filter: ResamplingFilter
  }

  private var axes: [Axis: AxisWeights] = [:]
  /// The picture once its rows are resized.
  private var narrowed: [UInt8] = []
  private var sums: [Int32] = []
  /// Weights of a very long side are made anew each time: strangers choose the lengths.
  private static let keptWeights = 1 << 18
  /// Streams have pictures of few sizes; where one has many, the weights of each are made again.
  private static let keptAxes = 64

  /// Nothing is kept yet.
  public init() {}

  /// The picture in another size, each value within 1 of what Pillow's `resize` gives.
  /// - Parameters:
  ///   - width: pixels, at least 1.
  ///   - height: pixels, at least 1.
  public mutating func resize(
    _ picture: Picture, width: Int, height: Int, filter: ResamplingFilter
  ) -> Picture {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    guard width != picture.width || height != picture.height else { return picture }
    if width != picture.width { narrow(picture, to: width, filter) }
    let wide = width == picture.width ? picture.pixels : narrowed
    guard height != picture.height else { return Picture(width: width, height: height, pixels: wide) }
    let row = width * 3
    if sums.count < row { sums = [Int32](repeating: 0, count: row) }
    let weights = weights(from: picture.height, to: height, filter)
    let pixels = [UInt8](unsafeUninitializedCapacity: row * height) { buffer, count in
      weights.withAxis { cimages_resample_columns(wide, row, $0, height, &sums, buffer.baseAddress) }
      count = row * height
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  /// Resizes the rows into `narrowed`.
  private mutating func narrow(_ picture: Picture, to width: Int, _ filter: ResamplingFilter) {
    let weights = weights(from: picture.width, to: width, filter)
    let count = width * picture.height * 3
    if narrowed.count != count { narrowed = [UInt8](repeating: 0, count: count) }
    weights.withAxis {
      cimages_resample_rows(picture.pixels, picture.width * 3, picture.height, $0, width, &narrowed)
    }
  }

  private mutating func weights(from length: Int, to target: Int, _ filter: ResamplingFilter) -> AxisWeights {
    let axis = Axis(length: length, target: target, filter: filter)
    if let known = axes[axis] { return known }
    if axes.count >= Self.keptAxes { axes.removeAll() }
    let weights = AxisWeights(from: length, to: target, filter)
    if weights.weights.count <= Self.keptWeights { axes[axis] = weights }
    return weights
  }
}

extension Picture {
  /// The picture in another size. Who resizes many keeps a `PictureResizer`.
  public func resized(width: Int, height: Int, filter: ResamplingFilter) -> Picture {
    var resizer = PictureResizer()
    return resizer.resize(self, width: width, height: height, filter: filter)
  }
}

extension AxisWeights {
  /// Lends the weights to C for the call.
  fileprivate func withAxis(_ body: (CImagesAxis) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          body(
            CImagesAxis(
              starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress, taps: Int32(taps)))
        }
      }
    }
  }
}
