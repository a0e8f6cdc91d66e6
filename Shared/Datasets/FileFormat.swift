/// How a file's rows are written.
public enum FileFormat: String, Sendable, CaseIterable {
  /// Fields between commas, semicolons, tabs or pipes, with a header line.
  case csv
  /// A JSON object a line.
  case jsonl
  /// One JSON array of objects.
  case json

  /// What a file's name says, in any case and without its `.gz`; `nil` where it says nothing.
  init?(name: String) {
    var parts = name.lowercased().split(separator: ".").dropFirst()
    if parts.last == "gz" { parts = parts.dropLast() }
    switch parts.last {
    case "csv", "tsv", "tab", "psv": self = .csv
    case "jsonl", "ndjson": self = .jsonl
    default: return nil
    }
  }

  /// What the first byte says that is not white space.
  init(firstByte: UInt8?) {
    switch firstByte {
    case UInt8(ascii: "["): self = .json
    case UInt8(ascii: "{"): self = .jsonl
    default: self = .csv
    }
  }
}

/// What stands between the fields of a row.
public struct FieldSeparator: Sendable, Equatable {
  let byte: UInt8

  /// Those that are recognised, in the order in which they are preferred.
  static let recognised = [",", ";", "\t", "|"].map { FieldSeparator(byte: $0.utf8.first ?? 0) }

  private init(byte: UInt8) { self.byte = byte }

  /// A name (`comma`, `semicolon`, `tab`, `pipe`) or the character itself; `nil` for anything else.
  public init?(_ text: String) {
    let names = ["comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"]
    let bytes = Array((names[text] ?? text).utf8)
    guard bytes.count == 1, bytes[0] < 0x80, ![.quote, .lineFeed, .carriageReturn, 0].contains(bytes[0]) else {
      return nil
    }
    byte = bytes[0]
  }
}
