import Foundation
import Images
import Testing

/// Files of `Fixtures/make.py`, and what other programs make of them.
enum Fixtures {
  private static let folder = Bundle.module.resourceURL?.appending(path: "Fixtures")

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: #require(folder).appending(path: name)))
  }

  /// Width and height in a byte each, then the pixels.
  static func golden(_ name: String) throws -> Picture {
    let bytes = try bytes("golden/\(name).rgb")
    return Picture(width: Int(bytes[0]), height: Int(bytes[1]), pixels: Array(bytes.dropFirst(2)))
  }

  /// Files that are read, by their name.
  static let good: [String] = {
    let golden = folder?.appending(path: "golden").path ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: golden)) ?? []
    return names.map { String($0.dropLast(".rgb".count)) }.filter { $0.split(separator: ".").count == 2 }.sorted()
  }()
}

extension Picture {
  /// The largest difference of a value; `nil` between pictures of different sizes.
  func difference(from other: Picture) -> Int? {
    guard (width, height) == (other.width, other.height) else { return nil }
    return zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max()
  }
}
