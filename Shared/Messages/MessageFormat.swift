import JSON

/// The version of a message's form. Format 2 says pictures and captions; texts and labels are said in format 1, as ever.
public enum MessageFormat: String, Sendable, CaseIterable {
  case one = "1"
  case two = "2"

  /// The header that names it; without the header a message is of format 1.
  public static let header = "shunt-format"

  /// The format that a header names.
  /// - Throws: `JSONError` where this version does not know it.
  init(header: UnsafeRawBufferPointer?) throws(JSONError) {
    try self.init(header: header.map { String(decoding: $0.prefix(100), as: UTF8.self) })
  }

  /// The same for a header's text.
  init(header: String?) throws(JSONError) {
    guard let header else {
      self = .one
      return
    }
    guard let format = MessageFormat(rawValue: header) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: " and ")
      throw JSONError("format \(header) is not known; this version reads formats \(known)")
    }
    self = format
  }
}
