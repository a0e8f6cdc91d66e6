/// What a file may be that is not read, so that an error can say it.
enum ForeignFormat {
  /// In words, such as `a GIF`; `nil` where nothing is recognised.
  static func name(of bytes: [UInt8]) -> String? {
    if let found = signatures.first(where: { bytes.dropFirst($0.offset).starts(with: $0.magic) }) { return found.name }
    return media(bytes) ?? text(bytes)
  }

  private static let signatures: [(offset: Int, magic: [UInt8], name: String)] = [
    (0, Array("GIF8".utf8), "a GIF"), (0, Array("BM".utf8), "a BMP"),
    (0, Array("II*\0".utf8), "a TIFF"), (0, Array("MM\0*".utf8), "a TIFF"),
    (0, [0, 0, 1, 0], "an icon"), (0, Array("8BPS".utf8), "a Photoshop file"), (0, Array("%PDF".utf8), "a PDF"),
    (0, [0xFF, 0x0A], "a JPEG XL"), (4, Array("JXL ".utf8), "a JPEG XL"), (4, Array("jP  ".utf8), "a JPEG 2000"),
    (0, Array("PK".utf8), "a zip archive"), (0, [0x1F, 0x8B], "a gzip file"),
    (0, Array("RIFF".utf8), "a sound or a film (RIFF)"),
    (1, Array("PNG\r\n".utf8), "a PNG whose first byte is damaged"),
    (1, Array("PNG\n".utf8), "a PNG that was copied as a text"),
    (0, Array("iVBORw0KGgo".utf8), "a PNG in base64"), (0, Array("/9j/".utf8), "a JPEG in base64"),
    (0, Array("UklGR".utf8), "a WebP in base64"), (0, Array("data:image/".utf8), "a data URL"),
  ]

  /// ISO media files name their brand behind `ftyp`.
  private static func media(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    switch String(decoding: bytes[8..<12], as: UTF8.self) {
    case "avif", "avis": return "an AVIF"
    case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": return "a HEIC"
    default: return "a film (ISO media)"
    }
  }

  private static func text(_ bytes: [UInt8]) -> String? {
    // Long enough for what stands before an SVG's first element.
    let start = bytes.prefix(2048)
    guard start.allSatisfy({ $0 >= UInt8(ascii: " ") || [0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
    let text = String(decoding: start, as: UTF8.self).lowercased()
    if text.contains("<svg") { return "an SVG" }
    if text.contains("<html") || text.contains("<!doctype html") { return "an HTML page" }
    return "a text"
  }
}
