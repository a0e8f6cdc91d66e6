import Foundation

/// A text as Postgres and Kafka compare it, byte by byte. Swift's `String` takes "é" and "e" with an accent for one; as
/// ids, tasks or categories they are two.
public struct StoredText: Sendable, Hashable {
  /// The text.
  public let text: String

  /// A text that is compared by its bytes.
  public init(_ text: String) {
    var text = text
    text.makeContiguousUTF8()
    self.text = text
  }

  /// Whether the bytes are the same.
  public static func == (first: StoredText, second: StoredText) -> Bool {
    first.text.hasSameBytes(as: second.text)
  }

  /// Feeds the bytes.
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))  // No text has this byte, so that two texts in a row do not run together.
  }
}

extension StoredText: Comparable {
  /// In the order of the collation C.
  public static func < (first: StoredText, second: StoredText) -> Bool {
    first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
  }
}

extension String {
  /// Whether another text has the same bytes.
  public func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    // Nothing is copied: texts lend their bytes.
    let isSame = utf8.withContiguousStorageIfAvailable { own in
      other.utf8.withContiguousStorageIfAvailable { others in
        guard let first = own.baseAddress, let second = others.baseAddress else { return own.isEmpty }
        return memcmp(first, second, own.count) == 0
      }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  /// The text's beginning in at most so many bytes, never in the middle of a character's.
  public func cut(toBytes most: Int) -> String {
    guard utf8.count > most else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: max(0, most))
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
