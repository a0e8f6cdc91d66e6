import Foundation

/// Replaces U+0000 by U+FFFD and remembers that it did.
struct NullReplacement {
  private(set) var hasReplaced = false

  init(hasReplaced: Bool = false) { self.hasReplaced = hasReplaced }

  mutating func clean(_ text: String) -> String {
    var text = text
    let hasNull = text.withUTF8 { bytes in
      bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
    }
    guard hasNull else { return text }
    hasReplaced = true
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }
}
