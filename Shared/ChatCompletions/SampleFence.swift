/// Makes a text harmless for the fence that it stands in: `<sample>` and `</sample>` in it, in any case, with spaces or
/// invisible signs between, lose their angle bracket.
///
/// It goes over bytes, and over each at most three times, whatever stands there: a text is a stranger's.
struct SampleFence {
  /// Bytes that were looked at so far.
  private(set) var steps = 0

  private static let name = Array("sample".utf8)
  private static let escape = Array("&lt;".utf8)

  /// The text with `&lt;` for what opens a fence of ours.
  mutating func harmless(_ text: String) -> String {
    let bytes = Array(text.utf8)
    steps += bytes.count
    guard bytes.contains(UInt8(ascii: "<")) else { return text }
    var harmless: [UInt8] = []
    harmless.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "<"), isFence(bytes[(index + 1)...]) {
        harmless += Self.escape
      } else {
        harmless.append(byte)
      }
    }
    steps += bytes.count
    return String(decoding: harmless, as: UTF8.self)
  }

  /// Whether a text goes on as a fence does. No other angle bracket is passed on the way, so that what it looks at is
  /// looked at for one alone.
  private mutating func isFence(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = skippingSpaces(text)
    if rest.first == UInt8(ascii: "/") { rest = skippingSpaces(rest.dropFirst()) }
    steps += Self.name.count
    return rest.count >= Self.name.count && zip(rest, Self.name).allSatisfy { $0 | 0x20 == $1 }
  }

  private mutating func skippingSpaces(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = text
    while let count = Self.spaceLength(rest) {
      rest = rest.dropFirst(count)
      steps += count
    }
    return rest
  }

  /// Bytes of the space, control character, invisible sign or combining mark that a text begins with.
  private static func spaceLength(_ text: ArraySlice<UInt8>) -> Int? {
    guard let first = text.first else { return nil }
    if first < 0x80 { return first <= 0x20 || first == 0x7F ? 1 : nil }
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = text.prefix(4).makeIterator()
    guard case .valid(let encoded) = parser.parseScalar(from: &bytes) else { return nil }
    let properties = Unicode.UTF8.decode(encoded).properties
    let isMark = [.nonspacingMark, .enclosingMark, .spacingMark].contains(properties.generalCategory)
    return properties.isWhitespace || properties.isDefaultIgnorableCodePoint || isMark ? encoded.count : nil
  }
}
