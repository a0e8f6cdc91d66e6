import CImages

/// Resizes pictures, and keeps what it needs for that from one to the next.
public struct PictureResizer: Sendable {
  private struct Axis: Hashable {
    let length: Int
    let target: Int
    /// The part of 0 ..< target that is wanted.
    let window: Range<Int>
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
    if width != picture.width {
      let across = weights(Axis(length: picture.width, target: width, window: 0..<width, filter: filter))
      narrow(picture, rows: 0..<picture.height, across)
    }
    let wide = width == picture.width ? picture.pixels : narrowed
    guard height != picture.height else { return Picture(width: width, height: height, pixels: wide) }
    return shorten(
      wide, width: width, weights(Axis(length: picture.height, target: height, window: 0..<height, filter: filter)))
  }

  /// The middle of the picture in another size: what Pillow's `resize`, each value within 1, and a crop give. What is cut off
  /// is not computed, so that a picture of any sides takes no more work and memory than one of usual ones.
  /// - Parameters:
  ///   - shorterSide: pixels of the resized picture's shorter side, at least `side`; the longer one keeps the proportion,
  ///     rounded down.
  ///   - side: pixels a side of what is cut out, at least 1.
  public mutating func resizeAndCrop(
    _ picture: Picture, shorterSide: Int, toSquareOf side: Int, filter: ResamplingFilter
  ) -> Picture {
    precondition(side > 0 && shorterSide >= side, "a square of \(side) pixels is not within \(shorterSide)")
    let shorter = min(picture.width, picture.height)
    func axis(_ length: Int) -> Axis {
      let target = shorterSide * length / shorter
      let start = (target - side) / 2
      return Axis(length: length, target: target, window: start..<start + side, filter: filter)
    }
    let (across, down) = (weights(axis(picture.width)), weights(axis(picture.height)))
    narrow(picture, rows: down.origin..<down.end, across)
    return shorten(narrowed, width: side, down)
  }

  /// Resizes rows into `narrowed`.
  private mutating func narrow(_ picture: Picture, rows: Range<Int>, _ weights: AxisWeights) {
    let (width, stride) = (weights.starts.count, picture.width * 3)
    let count = width * rows.count * 3
    if narrowed.count != count { narrowed = [UInt8](repeating: 0, count: count) }
    picture.pixels.withUnsafeBufferPointer { pixels in
      let first = UnsafeBufferPointer(rebasing: pixels[(rows.lowerBound * stride + weights.origin * 3)...])
      weights.withAxis { cimages_resample_rows(first.baseAddress, stride, rows.count, $0, width, &narrowed) }
    }
  }

  /// Resizes the columns of rows that begin at the weights' origin.
  private mutating func shorten(_ rows: [UInt8], width: Int, _ weights: AxisWeights) -> Picture {
    let (height, row) = (weights.starts.count, width * 3)
    if sums.count < row { sums = [Int32](repeating: 0, count: row) }
    let pixels = [UInt8](unsafeUninitializedCapacity: row * height) { buffer, count in
      weights.withAxis { cimages_resample_columns(rows, row, $0, height, &sums, buffer.baseAddress) }
      count = row * height
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  private mutating func weights(_ axis: Axis) -> AxisWeights {
    if let known = axes[axis] { return known }
    if axes.count >= Self.keptAxes { axes.removeAll() }
    let weights = AxisWeights(from: axis.length, to: axis.target, window: axis.window, axis.filter)
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
