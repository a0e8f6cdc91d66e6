import Content
import Images

/// Pictures as a residual network reads them.
public struct TrainingPictures: TrainingInputs {
  /// [pictures][32][32][3], red, green, blue.
  let pixels: [UInt8]

  /// Of one picture.
  static let byteCount = ResNetShape.side * ResNetShape.side * 3

  /// How many.
  public var count: Int { pixels.count / Self.byteCount }

  /// The pixels of one picture.
  subscript(index: Int) -> ArraySlice<UInt8> { pixels[index * Self.byteCount..<(index + 1) * Self.byteCount] }

  /// The pictures at `indices`, in that order.
  public func selecting(_ indices: [Int]) -> TrainingPictures {
    TrainingPictures(pixels: indices.flatMap { self[$0] })
  }

  /// As they are: pictures are of one size.
  public func sortedByLength(_ indices: ArraySlice<Int>) -> [Int] { Array(indices) }

  /// Tells pictures from others (FNV-1a).
  var checksum: UInt64 {
    pixels.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// Mean and standard deviation of all pixels: red, green, blue.
  func statistics() -> (mean: [Float], deviation: [Float]) {
    var (sums, squares) = ([0.0, 0, 0], [0.0, 0, 0])
    for (index, pixel) in pixels.enumerated() {
      sums[index % 3] += Double(pixel)
      squares[index % 3] += Double(pixel) * Double(pixel)
    }
    let count = Double(max(1, pixels.count / 3))
    let means = sums.map { $0 / count }
    // A picture of one colour has no deviation to divide by.
    let deviations = zip(squares, means).map { max(1, ($0 / count - $1 * $1).squareRoot()) }
    return (means.map { Float($0) }, deviations.map { Float($0) })
  }
}

extension TrainingExamples {
  /// The examples as a residual network reads them.
  /// - Throws: what is wrong with an image, with its place.
  func pictures() throws -> TrainingSet<TrainingPictures> {
    let scratch = PredictionScratch()
    scratch.begin(inputs)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(inputs.count * TrainingPictures.byteCount)
    for row in inputs.indices {
      do { try pixels.append(picture: scratch.pictures.picture(row, of: inputs)) } catch let error as ImageError {
        throw SmallModelError("training: image \(row) cannot be read: \(error.description)")
      }
    }
    return TrainingSet(inputs: TrainingPictures(pixels: pixels), targets: targets)
  }
}
