/// One record of a file: a row of CSV, a line of JSON Lines, an element of a JSON array.
struct FileRecord {
  /// What stands in it.
  enum Content {
    /// A row's fields, in order.
    case fields(DelimitedFields)
    /// JSON's bytes.
    case json(ArraySlice<UInt8>)
    /// Why it cannot be read; reading goes on with the next line.
    case broken(String)
  }

  /// The line that it begins on, from 1.
  let line: Int
  let content: Content

  /// A record that is longer is refused, so that a quote that never closes does not take a file into memory.
  static let maximumBytes = 8 << 20
  static let tooLong = "is longer than \(maximumBytes >> 20) MiB"
}

/// The fields of a row, unquoted, end to end.
struct DelimitedFields: Equatable {
  var bytes: [UInt8] = []
  var ends: [Int] = []

  var count: Int { ends.count }

  /// The bytes of a field.
  subscript(index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  mutating func endField() { ends.append(bytes.count) }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
