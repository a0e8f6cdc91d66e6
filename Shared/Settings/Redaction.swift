/// What may be seen of a setting where settings and errors are printed.
enum Redaction {
  static func shown(_ text: String, isSecret: Bool) -> String { isSecret ? "<redacted>" : withoutAccounts(text) }

  /// A text that is to be shown, without what stands before the "@" of a URL, however it is mistyped: it may be a password.
  private static func withoutAccounts(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    let ends = Set(" \t\n\r\",[]".utf8)
    let words = text.utf8.split(omittingEmptySubsequences: false) { ends.contains($0) }
    var shown: [UInt8] = []
    for word in words {
      if let at = word.lastIndex(of: UInt8(ascii: "@")) {
        shown += "***".utf8
        shown += text.utf8[at..<word.endIndex]
      } else {
        shown += word
      }
      if word.endIndex < text.utf8.endIndex { shown.append(text.utf8[word.endIndex]) }
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
