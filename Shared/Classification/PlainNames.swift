/// Names in UTF-8, end to end, none with a quote, a backslash or a control character: JSON holds them as they are.
final class PlainNames: Sendable {
  private let bytes: [UInt8]
  /// [names + 1]: where each begins, and the end of the last.
  private let bounds: [Int]

  /// - Returns: `nil` where a name is not plain.
  init?(_ names: [String]) {
    var (bytes, bounds): ([UInt8], [Int]) = ([], [0])
    for name in names {
      bytes.append(contentsOf: name.utf8)
      bounds.append(bytes.count)
    }
    if bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) { return nil }
    (self.bytes, self.bounds) = (bytes, bounds)
  }

  /// Calls `body` with a way to a name by its index.
  func withNames(_ body: (_ name: (Int) -> UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      body { UnsafeBufferPointer(rebasing: bytes[self.bounds[$0]..<self.bounds[$0 + 1]]) }
    }
  }
}
