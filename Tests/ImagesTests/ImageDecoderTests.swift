import Images
import Testing

@Suite struct ImageDecoderTests {
  private let decoder = ImageDecoder()

  @Test(arguments: Fixtures.good)
  func decodesAsOtherProgramsDo(_ name: String) throws {
    let difference = try decoder.decode(Fixtures.bytes(name)).difference(from: Fixtures.golden(name))
    #expect(try #require(difference, "another size") <= 1)
  }

  @Test func allFixturesAreThere() { #expect(Fixtures.good.count == 70) }

  @Test(arguments: [
    ("picture.gif", "a GIF"), ("animated.gif", "a GIF"), ("picture.bmp", "a BMP"), ("picture.tiff", "a TIFF"),
    ("picture.ico", "an icon"),
  ])
  func saysWhatAForeignFileIs(_ name: String, _ guess: String) throws {
    #expect(try error(Fixtures.bytes(name)) == .unknownFormat(guess))
  }

  @Test(arguments: [
    ("<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>", "an SVG"), ("<!DOCTYPE html><p>", "an HTML page"),
    ("no picture", "a text"), ("\0\0\0\u{18}ftypheic\0\0\0\0", "a HEIC"), ("\0\0\0\u{18}ftypavif\0\0\0\0", "an AVIF"),
    ("\0\0\0\u{18}ftypmp42", "a film (ISO media)"), ("RIFF\0\0\0\0WAVE", "a sound or a film (RIFF)"),
    ("%PDF-1.7", "a PDF"), ("PK\u{3}\u{4}", "a zip archive"), ("iVBORw0KGgoAAAA", "a PNG in base64"),
    ("/9j/4AAQ", "a JPEG in base64"), ("data:image/png;base64,iVBO", "a data URL"), ("II*\0", "a TIFF"),
    ("MM\0*", "a TIFF"), ("\0\u{1}\u{2}", nil),
  ])
  func saysWhatForeignBytesAre(_ text: String, _ guess: String?) {
    #expect(error(Array(text.utf8)) == .unknownFormat(guess))
  }

  @Test func saysThatAPNGWasCopiedAsAText() throws {
    var bytes = try Fixtures.bytes("rgb-8.png")
    bytes.remove(at: 4)
    #expect(error(bytes) == .unknownFormat("a PNG that was copied as a text"))
  }

  @Test(arguments: [
    ("animated.png", ImageError.animated(.png)), ("animated.webp", .animated(.webp)),
    ("huge.png", .tooManyPixels(width: 30000, height: 30000, limit: 50_000_000)),
    ("huge.jpeg", .tooManyPixels(width: 30000, height: 30000, limit: 50_000_000)),
    ("beyond.jpeg", .tooManyPixels(width: 65535, height: 65535, limit: 50_000_000)),
    ("no-size.png", .broken(.png, "Invalid IHDR data")),
    ("no-height.jpeg", .broken(.jpeg, "Empty JPEG image (DNL not supported)")),
    ("dot.png", .tooSmall(width: 1, height: 1, minimum: 2)), ("dot.jpeg", .tooSmall(width: 1, height: 1, minimum: 2)),
    ("dot.webp", .tooSmall(width: 1, height: 1, minimum: 2)),
    ("line.png", .tooSmall(width: 13, height: 1, minimum: 2)),
    ("line.jpeg", .tooSmall(width: 13, height: 1, minimum: 2)),
    ("line.webp", .tooSmall(width: 13, height: 1, minimum: 2)),
    ("scans.jpeg", .broken(.jpeg, "more than 32 scans")), ("damaged.webp", .broken(.webp, "its bit stream is damaged")),
  ])
  func refuses(_ name: String, _ expected: ImageError) throws {
    #expect(try error(Fixtures.bytes(name)) == expected)
  }

  @Test func anEmptyFileIsSaidToBeEmpty() { #expect(error([]) == .empty) }

  @Test(arguments: ["dot.png", "dot.jpeg", "dot.webp"])
  func onePixelIsAPictureWhereTheBoundsSaySo(_ name: String) throws {
    let picture = try ImageDecoder(bounds: ImageBounds(minimumSide: 1)).decode(Fixtures.bytes(name))
    #expect((picture.width, picture.height, picture.pixels.count) == (1, 1, 3))
  }

  @Test(arguments: ["rgb-8.png", "baseline.jpeg", "lossy.webp"])
  func boundsAreHeldToTheByteAndThePixel(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    let exact = ImageBounds(maximumBytes: bytes.count, maximumPixels: 13 * 9, minimumSide: 9)
    _ = try ImageDecoder(bounds: exact).decode(bytes)
    let cases: [(ImageBounds, ImageError)] = [
      (ImageBounds(maximumBytes: bytes.count - 1), .tooManyBytes(bytes.count, limit: bytes.count - 1)),
      (ImageBounds(maximumPixels: 13 * 9 - 1), .tooManyPixels(width: 13, height: 9, limit: 13 * 9 - 1)),
      (ImageBounds(minimumSide: 10), .tooSmall(width: 13, height: 9, minimum: 10)),
    ]
    for (bounds, expected) in cases { #expect(error(bytes, bounds) == expected) }
  }

  /// Every shorter file is an error, and a cut behind the signature one that says so.
  @Test(arguments: [
    ("rgb-8.png", ImageFormat.png), ("palette-4-interlaced.png", .png), ("rgba-16.png", .png),
    ("baseline.jpeg", .jpeg), ("progressive.jpeg", .jpeg), ("grey.jpeg", .jpeg), ("cmyk.jpeg", .jpeg),
    ("lossy.webp", .webp), ("lossless.webp", .webp), ("lossy-alpha.webp", .webp), ("lossless-alpha.webp", .webp),
  ])
  func aFileThatIsCutIsTruncated(_ name: String, _ format: ImageFormat) throws {
    let bytes = try Fixtures.bytes(name)
    for count in 1..<bytes.count {
      #expect(error(Array(bytes[..<count])) == .truncated(format), "\(count) of \(bytes.count) bytes")
    }
  }

  /// Bytes behind the end are nobody's.
  @Test(arguments: ["rgb-8.png", "baseline.jpeg", "lossy.webp"])
  func whatFollowsThePictureIsIgnored(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    #expect(try decoder.decode(bytes + [0, 1, 2]) == decoder.decode(bytes))
  }

  @Test func aWrongChecksumIsAnErrorWhereverItStands() throws {
    let bytes = try Fixtures.bytes("described.png")
    for name in ["IHDR", "gAMA", "tEXt", "zTXt", "iCCP", "IDAT", "IEND"] {
      let place = try #require(bytes.indices.first { bytes[$0...].starts(with: name.utf8) })
      let size = bytes[place - 4..<place].reduce(0) { $0 << 8 | Int($1) }
      var changed = bytes
      changed[place + 4 + size] ^= 1
      guard case .broken(.png, let reason) = error(changed) else {
        Issue.record("\(name) passes")
        continue
      }
      #expect(reason.contains("CRC"), "\(name)")
    }
  }

  /// libjpeg would fill up with grey.
  @Test func aJPEGWithTooFewBitsIsBroken() throws {
    let bytes = try Fixtures.bytes("baseline.jpeg")
    let cut = Array(bytes.dropLast(20)) + [0xFF, 0xD9]
    #expect(error(cut) == .broken(.jpeg, "Corrupt JPEG data: premature end of data segment"))
  }

  @Test func errorsSayWhatIsWrong() {
    let table: [(ImageError, String)] = [
      (.empty, "empty: the file has no bytes"),
      (.unknownFormat("a GIF"), "unknown format: it seems to be a GIF; PNG, JPEG and WebP are read"),
      (.unknownFormat(nil), "unknown format; PNG, JPEG and WebP are read"),
      (.tooManyBytes(9, limit: 8), "too large: 9 bytes, and at most 8 are read"),
      (.tooManyPixels(width: 3, height: 4, limit: 11), "too large: 3 x 4 pixels, and at most 11 are read"),
      (.tooSmall(width: 1, height: 4, minimum: 2), "too small: 1 x 4 pixels, and a side has at least 2"),
      (.truncated(.webp), "truncated: the WebP ends before the picture does"),
      (.broken(.png, "IDAT: CRC error"), "broken PNG: IDAT: CRC error"),
      (.animated(.png), "animated: the PNG has more than one frame"),
      (.outOfMemory(width: 3, height: 4), "no memory for 3 x 4 pixels"),
    ]
    for (error, text) in table { #expect("\(error)" == text) }
  }

  private func error(_ bytes: [UInt8], _ bounds: ImageBounds = ImageBounds()) -> ImageError? {
    do throws(ImageError) {
      _ = try ImageDecoder(bounds: bounds).decode(bytes)
      return nil
    } catch {
      return error
    }
  }
}
