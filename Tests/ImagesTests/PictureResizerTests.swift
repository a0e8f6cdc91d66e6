import Images
import Testing

@Suite struct PictureResizerTests {
  private static let sizes = [(17, 23), (50, 23), (17, 40), (111, 90), (50, 90), (1, 1), (3, 100), (49, 41)]
  private static let filters = [("bicubic", ResamplingFilter.bicubic), ("bilinear", .bilinear)]

  /// One resizer for all: what it keeps of one size must not reach into the next.
  @Test func resizesAsPillowDoes() throws {
    let picture = try ImageDecoder().decode(Fixtures.bytes("noise.png"))
    var resizer = PictureResizer()
    for (name, filter) in Self.filters + Self.filters {
      for (width, height) in Self.sizes {
        let resized = resizer.resize(picture, width: width, height: height, filter: filter)
        let difference = try resized.difference(from: Fixtures.golden("noise.\(name).\(width)x\(height)"))
        #expect(try #require(difference, "another size") <= 1, "\(name) \(width) x \(height)")
        #expect(picture.resized(width: width, height: height, filter: filter) == resized)
      }
    }
  }

  @Test(arguments: [(16, 16), (20, 9), (40, 40), (41, 30), (90, 33), (40, 1)])
  func theMiddleOfAResizedPictureIsThatOfTheWhole(_ shorterSide: Int, _ side: Int) throws {
    let wide = try ImageDecoder().decode(Fixtures.bytes("noise.png"))
    var resizer = PictureResizer()
    for picture in [wide, wide.centreCropped(width: 20, height: 40)] {
      let shorter = min(picture.width, picture.height)
      let (width, height) = (shorterSide * picture.width / shorter, shorterSide * picture.height / shorter)
      let whole = resizer.resize(picture, width: width, height: height, filter: .bicubic)
      let middle = resizer.resizeAndCrop(picture, shorterSide: shorterSide, toSquareOf: side, filter: .bicubic)
      #expect(middle == whole.centreCropped(width: side, height: side))
    }
  }

  /// Whole, they would be 22,400,000 x 224 pixels.
  @Test(arguments: [(200_000, 2), (2, 200_000)])
  func aVeryLongPictureTakesNoMoreThanItsMiddle(_ width: Int, _ height: Int) {
    let picture = Picture(width: width, height: height, pixels: [UInt8](repeating: 90, count: width * height * 3))
    var resizer = PictureResizer()
    let middle = resizer.resizeAndCrop(picture, shorterSide: 224, toSquareOf: 224, filter: .bicubic)
    #expect(middle == Picture(width: 224, height: 224, pixels: [UInt8](repeating: 90, count: 224 * 224 * 3)))
  }

  @Test func theSameSizeIsTheSamePicture() throws {
    let picture = try ImageDecoder().decode(Fixtures.bytes("noise.png"))
    #expect(picture.resized(width: 50, height: 40, filter: .bicubic) == picture)
  }

  @Test(arguments: [(2, 1, [5, 6]), (1, 3, [1, 5, 9]), (9, 1, [4, 5, 6, 7]), (4, 3, nil)])
  func theMiddleIsCutOut(_ width: Int, _ height: Int, _ expected: [UInt8]?) {
    // 4 x 3, numbered from the top left.
    let picture = Picture(width: 4, height: 3, pixels: (0..<12).flatMap { [UInt8](repeating: $0, count: 3) })
    let cropped = picture.centreCropped(width: width, height: height)
    #expect((cropped.width, cropped.height) == (min(width, 4), min(height, 3)))
    let values = stride(from: 0, to: cropped.pixels.count, by: 3).map { cropped.pixels[$0] }
    if let expected { #expect(values == expected) } else { #expect(cropped == picture) }
  }
}
