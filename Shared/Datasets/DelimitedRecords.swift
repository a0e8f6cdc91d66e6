/// Splits text into rows and fields by RFC 4180, byte by byte: every byte that it looks for stands for itself in UTF-8,
/// so no letter or mark beside a separator can hide it.
///
/// Lines end with LF, CR LF or CR. A row that breaks the rules costs its first line and no more: reading goes on with the
/// line after, so a quote that never closes swallows nothing. Each byte is read twice at most, because what opens a quote
/// on a later line would have closed the one before.
final class DelimitedRecords {
  private let source: ByteSource
  private let separator: UInt8
  /// Where tabs separate, programs do not quote, and a quote inside a field is a character like another.
  private let takesQuotesInside: Bool
  /// The line that the next record begins on.
  private(set) var line: Int
  private var fields = DelimitedFields()
  /// Bytes looked at, those that were looked at twice counted twice.
  private(set) var examined = 0

  init(_ source: ByteSource, separator: UInt8, line: Int = 1) {
    self.source = source
    self.separator = separator
    self.line = line
    takesQuotesInside = separator == .tab
  }

  private enum State { case fieldStart, unquoted, quoted, quoteInQuoted }

  /// The next row; `nil` at the end. A blank line is a row of one empty field.
  func next() throws(DatasetError) -> FileRecord? {
    fields.removeAll()
    // Offsets from the record's start, which `refill` may move.
    var (offset, state, linesInside) = (0, State.fieldStart, 0)
    defer { examined += offset }
    while true {
      if source.start + offset == source.bytes.count {
        if source.isAtEnd { return try atEnd(offset, state) }
        try source.refill()
        continue
      }
      let byte = source.bytes[source.start + offset]
      offset += 1
      if offset > FileRecord.maximumBytes { return try broken(FileRecord.tooLong) }
      switch (state, byte) {
      case (.quoted, .quote): state = .quoteInQuoted
      case (.quoted, _):
        if byte == .lineFeed || byte == .carriageReturn, try !isFollowedByLineFeed(byte, offset) { linesInside += 1 }
        fields.bytes.append(byte)
      case (.fieldStart, .quote): state = .quoted
      case (.quoteInQuoted, .quote):
        fields.bytes.append(byte)
        state = .quoted
      case (_, separator):
        fields.endField()
        state = .fieldStart
      case (_, .lineFeed), (_, .carriageReturn):
        if try isFollowedByLineFeed(byte, offset) { offset += 1 }
        fields.endField()
        return record(offset, lines: linesInside + 1)
      case (.quoteInQuoted, _):
        return try broken("text after a closing quote; a quote inside a quoted field is written twice")
      case (.unquoted, .quote) where !takesQuotesInside:
        return try broken("a quote inside a field that does not begin with one; quote the whole field")
      default:
        fields.bytes.append(byte)
        state = .unquoted
      }
    }
  }

  /// Whether a CR is the first half of CR LF.
  private func isFollowedByLineFeed(_ byte: UInt8, _ offset: Int) throws(DatasetError) -> Bool {
    guard byte == .carriageReturn else { return false }
    while source.start + offset == source.bytes.count, !source.isAtEnd { try source.refill() }
    let next = source.start + offset
    return next < source.bytes.count && source.bytes[next] == .lineFeed
  }

  private func atEnd(_ offset: Int, _ state: State) throws(DatasetError) -> FileRecord? {
    if offset == 0 { return nil }
    if state == .quoted { return try broken("its quote never closes") }
    fields.endField()
    return record(offset, lines: 1)
  }

  private func record(_ offset: Int, lines: Int) -> FileRecord {
    source.advance(to: source.start + offset)
    defer { line += lines }
    return FileRecord(line: line, content: .fields(fields))
  }

  /// Is done with the record's first line, whatever its quotes say.
  private func broken(_ reason: String) throws(DatasetError) -> FileRecord {
    try source.skipLine()
    defer { line += 1 }
    return FileRecord(line: line, content: .broken(reason))
  }
}

extension ByteSource {
  /// Is done with the line that `start` is on, ended by LF, CR LF or CR, however long it is.
  func skipLine() throws(DatasetError) {
    while true {
      while start == bytes.count {
        if isAtEnd { return }
        try refill()
      }
      let byte = bytes[start]
      advance(to: start + 1)
      if byte == .lineFeed { return }
      guard byte == .carriageReturn else { continue }
      while start == bytes.count, !isAtEnd { try refill() }
      if start < bytes.count, bytes[start] == .lineFeed { advance(to: start + 1) }
      return
    }
  }
}

extension UInt8 {
  static let comma = UInt8(ascii: ",")
  static let quote = UInt8(ascii: "\"")
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
}
