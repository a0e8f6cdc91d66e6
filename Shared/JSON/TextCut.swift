extension String {
  /// The text where it has at most `limit` bytes of UTF-8; else as many of its first characters as fit with an ellipsis.
  ///
  /// Whatever is cut before it leaves the process is cut by this: a character as readers see it may have any number of
  /// bytes, so that a count of them bounds nothing.
  /// - Parameter limit: 3 or more, for the ellipsis.
  public func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let ellipsis = "…"
    var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit - ellipsis.utf8.count))
    while end > utf8.startIndex, UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
    return String(unicodeScalars[..<end]) + ellipsis
  }
}
